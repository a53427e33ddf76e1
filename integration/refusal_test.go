package integration_test

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// refusal is the expected result of a statement that is not a query.
type refusal struct {
	name, sql string
	category  werr.Category
	code      string // SQLSTATE, if the server refuses
	closed    bool   // the connection cannot be used any more; otherwise it can
}

// Each statement of the wrong kind causes an error, and leaves the connection either usable or closed. Those that write
// are never safe to retry.
func TestStatementsOfTheWrongKind(t *testing.T) {
	t.Parallel()
	both := []refusal{
		{"INSERT", "INSERT INTO pg_temp.t VALUES ('1') RETURNING data", werr.CategoryUsage, "", false},
		{"UPDATE", "UPDATE pg_temp.t SET data = data RETURNING data", werr.CategoryUsage, "", false},
		{"DELETE", "DELETE FROM pg_temp.t RETURNING data", werr.CategoryUsage, "", false},
		{"INSERT without RETURNING", "INSERT INTO pg_temp.t VALUES ('1')", werr.CategorySchema, "", false},
		{"SET", "SET application_name = 'x'", werr.CategorySchema, "", false},
		{"CREATE TABLE", "CREATE TEMPORARY TABLE other (data json)", werr.CategorySchema, "", false},
		{"DO", "DO 'BEGIN END'", werr.CategorySchema, "", false},
		{"BEGIN", "BEGIN", werr.CategorySchema, "", true},
		{"COMMIT", "COMMIT", werr.CategorySchema, "", false},
		{"syntax", "SELEKT", werr.CategoryServer, "42601", false},
		{"no such table", "SELECT data FROM nowhere", werr.CategoryServer, "42P01", false},
	}
	extended := []refusal{
		{"empty", "", werr.CategorySchema, "", false},
		{"only a comment", "-- nothing", werr.CategorySchema, "", false},
		{"list", "SELECT '1'::json AS data; SELECT '1'::json AS data", werr.CategoryServer, "42601", false},
		{"list, injected", "SELECT '1'::json AS data; DROP TABLE pg_temp.t", werr.CategoryServer, "42601", false},
		{"COPY TO", "COPY pg_temp.t TO STDOUT", werr.CategorySchema, "", false},
		{"COPY FROM", "COPY pg_temp.t FROM STDIN", werr.CategorySchema, "", true},
	}
	simple := []refusal{
		{"empty", "", werr.CategoryUsage, "", false},
		{"list", "SELECT '1'::json AS data; SELECT '1'::json AS data", werr.CategoryUsage, "", false},
		{"list, with an error", "SELECT '1'::json AS data; SELECT 1/0", werr.CategoryServer, "22012", false},
		{"COPY TO", "COPY pg_temp.t TO STDOUT", werr.CategoryUsage, "", true},
		{"COPY FROM", "COPY pg_temp.t FROM STDIN", werr.CategoryUsage, "", true},
	}
	testbed.OnServers(t, func(t *testing.T, server *pgserver.Server) { // the result is the same on every route
		dsn := server.DSN()
		watcher := testbed.Observe(t, dsn)
		for _, tt := range append(both, extended...) {
			t.Run(tt.name, func(t *testing.T) { tt.check(t, dsn, watcher) })
		}
		for _, tt := range append(both, simple...) {
			t.Run(tt.name+", simple", func(t *testing.T) { tt.check(t, dsn, watcher, stream.WithSimpleProtocol()) })
		}
	})
}

func (r refusal) check(t *testing.T, dsn string, watcher *testbed.Observer, opts ...stream.Option) {
	c := testbed.Connect(t, dsn)
	testbed.Execute(t, c, "CREATE TEMPORARY TABLE t AS SELECT '1'::json AS data")
	_, err := testbed.Outcome(t, c, r.sql, opts...)
	if err == nil {
		t.Fatal("the statement was accepted")
	}
	if got := werr.CategoryOf(err); got != r.category || testbed.SQLState(err) != r.code {
		t.Errorf("%v is of category %v, SQLSTATE %q; want %v, %q", err, got, testbed.SQLState(err), r.category, r.code)
	}
	if werr.SafeToRetry(err) {
		t.Errorf("%v is safe to retry", err)
	}
	if !r.closed {
		testbed.Usable(t, c, c.PID())
		// No part of a refused list was run.
		if n, err := testbed.Outcome(t, c, "SELECT data FROM pg_temp.t"); err != nil || n > 2 {
			t.Errorf("the table has %d rows, then %v", n, err)
		}
		return
	}
	if c.State() != conn.Closed {
		t.Errorf("the connection is %v, want closed", c.State())
	}
	if _, err := testbed.Outcome(t, c, "SELECT '1'::json AS data"); werr.CategoryOf(err) != werr.CategoryClosed {
		t.Errorf("the next query: %v, want an error because the connection is closed", err)
	}
	watcher.WaitGone(c.PID())
}
