//go:build unix

package integration_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// An export survives the death of the primary: it continues on the promoted standby, after its last row.
func TestQueryResumableOverFailover(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	top := testbed.NewTopology(t)
	admin := testbed.Connect(t, top.Primary.DSN())
	testbed.Execute(t, admin, "CREATE TABLE v AS SELECT jsonb_build_object('id', g, 'filler', repeat('x', 2000)) AS data "+
		"FROM generate_series(1, 20000) g")
	written := testbed.Ask(t, admin, "SELECT to_json(pg_current_wal_lsn()) AS data")
	standby := testbed.Connect(t, top.Standby.DSN())
	testbed.Eventually(t, "the standby to have the rows", func() bool {
		return testbed.Ask(t, standby, "SELECT to_json(pg_last_wal_replay_lsn() >= $1::pg_lsn) AS data", strings.Trim(written, `"`)) == "true"
	})
	testbed.Close(t, admin)
	list := top.Primary.List(top.Standby) + "&target_session_attrs=read-write"
	runner := &reconnecting{t: t, connect: func(ctx context.Context) (*conn.Conn, error) { return conn.Connect(ctx, list) }}
	q := query.From("v").OrderBy(query.Field("id").As(query.Numeric).Asc().NotNull())
	next := 1
	for row, err := range q.Resumable(testbed.Context(t), runner) {
		if err != nil {
			t.Fatalf("after row %d: %v", next-1, err)
		}
		if want := fmt.Sprintf(`{"id": %d, `, next); !strings.HasPrefix(string(row), want) {
			t.Fatalf("row %.40s, want %s", row, want)
		}
		if next == 500 {
			top.Primary.Crash(runner.last.PID())
			if got := testbed.Ask(t, standby, "SELECT to_json(pg_promote()) AS data"); got != "true" {
				t.Fatalf("pg_promote says %s", got)
			}
		}
		next++
	}
	if next != rows+1 {
		t.Errorf("%d rows, want %d", next-1, rows)
	}
	if got := top.At(t, runner.last); got != "standby" {
		t.Errorf("the last rows came from the %s", got)
	}
}
