package integration_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// sessionNow returns the settings of these tests as the query sees them. A claim that was set and reset is empty, one
// that was never set is NULL: both mean none.
const sessionNow = `SELECT json_build_array(coalesce(current_setting('app.tenant', true), ''), current_setting('role'),
	current_setting('statement_timeout'), current_setting('search_path'), current_setting('transaction_read_only')) AS data`

const noSettings = `["", "none", "0", "\"$user\", public", "off"]`

var allSettings = []stream.Option{
	stream.WithSetting("app.tenant", "acme"), stream.WithSetting("search_path", "pg_catalog"),
	stream.WithRole("pg_monitor"), stream.WithStatementTimeout(20 * time.Second), stream.WithReadOnly(),
}

// inAllWays runs a test with a connection that never prepares, and with one that prepares each statement at its first
// run.
func inAllWays(t *testing.T, dsn string, test func(t *testing.T, c *conn.Conn)) {
	t.Helper()
	for name, threshold := range map[string]int{"unprepared": 0, "prepared": 1} {
		t.Run(name, func(t *testing.T) {
			test(t, testbed.Connect(t, dsn, func(cfg *conn.Config) { cfg.PrepareThreshold = threshold }))
		})
	}
}

func TestSettingsHoldForOneQueryAlone(t *testing.T) {
	t.Parallel()
	for _, s := range testbed.Servers(t) {
		t.Run(s.Name, func(t *testing.T) {
			inAllWays(t, s.DSN(), func(t *testing.T, c *conn.Conn) {
				for range 3 {
					if got := testbed.Ask(t, c, sessionNow); got != noSettings {
						t.Errorf("without settings: %s", got)
					}
					got := testbed.Rows(t, testbed.Query(t, c, sessionNow, allSettings...))
					if diff := cmp.Diff([]string{`["acme", "pg_monitor", "20s", "pg_catalog", "on"]`}, got); diff != "" {
						t.Errorf("with settings (-want +got):\n%s", diff)
					}
				}
			})
		})
	}
}

// Whatever ends a query, its settings are gone, as a query on the same connection shows.
func TestNoEndLeavesASettingBehind(t *testing.T) {
	t.Parallel()
	const endless = "SELECT to_json(generate_series(1, 2000000000)) AS data"
	inAllWays(t, testbed.DSN(t), func(t *testing.T, c *conn.Conn) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		begin := func(opts ...stream.Option) *stream.Stream {
			s, err := c.Query(ctx, endless, append(opts, allSettings...)...)
			if err != nil {
				t.Fatal(err)
			}
			if !s.Next() {
				t.Fatalf("no row: %v", s.Err())
			}
			return s
		}
		refused := func(sql string, opts ...stream.Option) error {
			_, err := testbed.Outcome(t, c, sql, append(opts, allSettings...)...)
			return err
		}
		for _, end := range []struct {
			name string
			run  func() error
			want werr.Category
		}{
			{"Close", func() error { return begin().Close() }, werr.CategoryNone},
			{"Cancel", func() error { return begin().Cancel(t.Context()) }, werr.CategoryNone},
			{"error before the rows", func() error { return refused("SELECT nothing AS data") }, werr.CategoryServer},
			{"error after rows", func() error {
				return refused("SELECT to_json(1/(1000-g)) AS data FROM generate_series(1, 2000) g")
			}, werr.CategoryServer},
			{"schema", func() error { return refused("SELECT 1 AS one") }, werr.CategorySchema},
			{"memory", func() error {
				return refused("SELECT to_json(repeat('x', 1000)) AS data", stream.WithMaxMemory(10))
			}, werr.CategoryMemory},
			{"first row", func() error {
				return refused("SELECT to_json(pg_sleep(20)::text) AS data", stream.WithFirstRowTimeout(time.Millisecond))
			}, werr.CategoryTimeout},
			{"setting", func() error { return refused("SELECT '1'::json AS data", stream.WithSetting("work_mem", "x")) },
				werr.CategoryServer},
			{"statement timeout", func() error {
				_, err := testbed.Outcome(t, c, "SELECT to_json(pg_sleep(20)::text) AS data",
					stream.WithStatementTimeout(100*time.Millisecond), stream.WithRole("pg_monitor"))
				return err
			}, werr.CategoryServer},
			{"context", func() error {
				s := begin()
				stop()
				for s.Next() {
				}
				return s.Err()
			}, werr.CategoryCancelled},
		} {
			if err := end.run(); werr.CategoryOf(err) != end.want {
				t.Errorf("%s: %v, want %q", end.name, err, end.want)
			}
			if got := testbed.Ask(t, c, sessionNow); got != noSettings {
				t.Errorf("after %s: %s", end.name, got)
			}
		}
	})
}

// A setting that the server refuses causes its error, which names the setting, and the query is not executed.
func TestRefusedSettingKeepsTheQueryFromRunning(t *testing.T) {
	t.Parallel()
	inAllWays(t, testbed.DSN(t), func(t *testing.T, c *conn.Conn) {
		sequence := fmt.Sprintf("session_seq_%d", c.PID())
		testbed.Execute(t, c, "CREATE SEQUENCE "+sequence)
		defer testbed.Execute(t, c, "DROP SEQUENCE "+sequence)
		advance := fmt.Sprintf("SELECT to_json(nextval('%s')) AS data", sequence)
		for _, tt := range []struct {
			option     stream.Option
			code, says string
		}{
			{stream.WithRole("wire_no_such_role"), "22023", "WithRole: "},
			{stream.WithSetting("statement_timeout", "soon"), "22023", `WithSetting("statement_timeout"): `},
			{stream.WithSetting("no_such_parameter", "1"), "42704", `WithSetting("no_such_parameter"): `},
			{stream.WithSetting("max_connections", "1"), "55P02", `WithSetting("max_connections"): `},
		} {
			_, err := c.Query(t.Context(), advance, stream.WithSetting("app.tenant", "acme"), tt.option)
			if testbed.SQLState(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want SQLSTATE %s and %q", err, tt.code, tt.says)
			}
			if c.State() != conn.Idle {
				t.Errorf("the connection is %v", c.State())
			}
		}
		if got := testbed.Ask(t, c, advance); got != "1" {
			t.Errorf("the sequence is at %s: a query was executed", got)
		}
	})
}

func TestReadOnlyQueriesCannotWrite(t *testing.T) {
	t.Parallel()
	inAllWays(t, testbed.DSN(t), func(t *testing.T, c *conn.Conn) {
		table := fmt.Sprintf("session_table_%d", c.PID())
		testbed.Execute(t, c, "CREATE TABLE "+table+" AS SELECT to_jsonb(1) AS data")
		defer testbed.Execute(t, c, "DROP TABLE "+table)
		for _, sql := range []string{
			"INSERT INTO " + table + " VALUES ('2') RETURNING data",
			"WITH gone AS (DELETE FROM " + table + " RETURNING data) SELECT data FROM gone",
			"SELECT to_json(set_config('transaction_read_only', 'off', true)) AS data",
		} {
			_, err := testbed.Outcome(t, c, sql, stream.WithReadOnly())
			if code := testbed.SQLState(err); code != "25006" && code != "25001" {
				t.Errorf("%s: %v, want SQLSTATE 25006, or 25001 for undoing the setting", sql, err)
			}
		}
		if got := testbed.Rows(t, testbed.Query(t, c, "SELECT data FROM "+table)); len(got) != 1 || got[0] != "1" {
			t.Errorf("the table contains %q", got)
		}
	})
}

// Two clients share one server connection: neither sees the settings of the other, whichever is first.
func TestSettingsBehindAPooler(t *testing.T) {
	t.Parallel()
	own := testbed.OwnServers(t)[0]
	b, err := pgserver.StartBouncer(t.Context(), own, os.Stderr, "default_pool_size = 1")
	if err != nil {
		testbed.Cannot(t, err.Error())
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	const who = `SELECT json_build_array(coalesce(current_setting('app.tenant', true), ''), current_setting('role'),
		pg_backend_pid()) AS data`
	for name, threshold := range map[string]int{"unprepared": 0, "prepared": 1} {
		t.Run(name, func(t *testing.T) {
			prepare := func(cfg *conn.Config) { cfg.PrepareThreshold = threshold }
			one, two := testbed.Connect(t, b.URL, prepare), testbed.Connect(t, b.URL, prepare)
			backend := testbed.Ask(t, one, "SELECT to_json(pg_backend_pid()) AS data")
			for range 5 {
				for i, c := range []*conn.Conn{one, two, one} {
					tenant := fmt.Sprint("tenant ", i)
					got := testbed.Rows(t, testbed.Query(t, c, who, stream.WithSetting("app.tenant", tenant)))
					if want := fmt.Sprintf(`[%q, "none", %s]`, tenant, backend); got[0] != want {
						t.Errorf("%s, want %s", got[0], want)
					}
					if got, want := testbed.Ask(t, c, who), fmt.Sprintf(`["", "none", %s]`, backend); got != want {
						t.Errorf("%s, want %s", got, want)
					}
				}
			}
		})
	}
}
