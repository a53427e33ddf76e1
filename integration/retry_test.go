package integration_test

import (
	"context"
	"net/url"
	"os"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// retried runs a query like the loop in the README, up to four times as long as SafeToRetry allows it, each time on a
// new connection. It returns how often the query ran, and the last error.
func retried(t *testing.T, dsn, sql string) (runs int, err error) {
	t.Helper()
	for runs < 4 && (runs == 0 || werr.SafeToRetry(err)) {
		c, failed := conn.Connect(testbed.Context(t), dsn)
		if failed != nil {
			t.Fatal(failed)
		}
		_, err = testbed.Outcome(t, c, sql)
		_ = c.Close(context.Background()) // the server may have ended it
		runs++
	}
	return runs, err
}

// retrySchema has functions and procedures that write a row and then fail with a SQLSTATE of the caller's choice.
var retrySchema = []string{
	"DROP SCHEMA IF EXISTS retry CASCADE",
	"CREATE SCHEMA retry",
	"CREATE TABLE retry.runs (statement text)",
	`CREATE PROCEDURE retry.commits(INOUT data json, code text) LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO retry.runs VALUES ('call');
			COMMIT;
			RAISE 'after the commit' USING ERRCODE = code;
		END $$`,
	`CREATE FUNCTION retry.fails(code text) RETURNS json LANGUAGE plpgsql AS $$
		BEGIN
			INSERT INTO retry.runs VALUES ('query');
			RAISE 'after the INSERT' USING ERRCODE = code;
		END $$`,
}

// dropAtEnd runs sql when the test is over, before c is closed.
func dropAtEnd(t *testing.T, c *conn.Conn, sql string) {
	t.Helper()
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), testbed.Patience)
		defer stop()
		if err := command.Exec(ctx, c, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	})
}

// A retry by SafeToRetry never repeats what may have been committed, and does repeat what the server has undone. Each
// statement writes a row before it fails.
func TestRetryNeverRunsTwice(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		c := testbed.Connect(t, s.DSN())
		for _, sql := range retrySchema {
			testbed.Execute(t, c, sql)
		}
		dropAtEnd(t, c, "DROP SCHEMA retry CASCADE")
		for _, tt := range []struct {
			name, sql, code string
			runs            int
			left            string // rows that were committed, in all runs
		}{
			{"a query that was rolled back", "SELECT retry.fails('40001') AS data", "40001", 4, "0"},
			{"a deadlock", "SELECT retry.fails('40P01') AS data", "40P01", 4, "0"},
			{"a comment before the query", "/* CALL */ (SELECT retry.fails('40001') AS data)", "40001", 4, "0"},
			{"a pooler's code", "SELECT retry.fails('08P01') AS data", "08P01", 1, "0"},
			{"a full server's code", "SELECT retry.fails('53300') AS data", "53300", 1, "0"},
			{"after a row", "SELECT CASE WHEN g < 3 THEN '1'::json ELSE retry.fails('40001') END AS data " +
				"FROM generate_series(1, 3) g", "40001", 1, "0"},
			{"a procedure", "CALL retry.commits(NULL, '40001')", "40001", 1, "1"},
			{"a procedure, in a comment", "-- SELECT\ncall retry.commits(NULL, '40P01')", "40P01", 1, "1"},
			{"a block", "DO $$ BEGIN INSERT INTO retry.runs VALUES ('do'); COMMIT; " +
				"RAISE 'after the commit' USING ERRCODE = '40001'; END $$", "", 1, "1"}, // refused: it has no columns
		} {
			t.Run(tt.name, func(t *testing.T) {
				testbed.Execute(t, c, "TRUNCATE retry.runs")
				runs, err := retried(t, s.DSN(), tt.sql)
				if runs != tt.runs || testbed.SQLState(err) != tt.code {
					t.Errorf("%d runs, %v; want %d, %s", runs, err, tt.runs, tt.code)
				}
				if got := testbed.Ask(t, c, "SELECT to_json(count(*)) AS data FROM retry.runs"); got != tt.left {
					t.Errorf("%s rows were committed, want %s", got, tt.left)
				}
			})
		}
	})
}

// PgBouncer ends a query at its query_timeout with FATAL 08P01, but lets the server continue: the INSERT is committed
// after the client got the error.
func TestPoolersTimeoutIsNotRetried(t *testing.T) {
	t.Parallel()
	server := testbed.OwnServers(t)[0]
	b, err := pgserver.StartBouncer(t.Context(), server, os.Stderr, "admin_users = wire_scram")
	if err != nil {
		testbed.Cannot(t, err.Error())
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	const lock = 8060401
	admin := testbed.Connect(t, server.DSN())
	testbed.Execute(t, admin, "CREATE TABLE retry_pooled (n int)")
	testbed.Execute(t, admin, "GRANT INSERT, SELECT ON retry_pooled TO wire_scram")
	dropAtEnd(t, admin, "DROP TABLE retry_pooled")
	if got := testbed.Ask(t, admin, "SELECT to_json(pg_advisory_lock($1::bigint)::text) AS data", lock); got != `""` {
		t.Fatal(got)
	}
	c, err := conn.Connect(testbed.Context(t), b.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	setQueryTimeout(t, b)
	_, err = testbed.Outcome(t, c, "WITH written AS (INSERT INTO retry_pooled VALUES (1)) "+
		"SELECT to_json(pg_advisory_xact_lock(8060401)::text) AS data")
	if testbed.SQLState(err) != "08P01" || werr.SafeToRetry(err) {
		t.Errorf("%v, want 08P01, which is not safe to retry", err)
	}
	if got := testbed.Ask(t, admin, "SELECT to_json(pg_advisory_unlock($1::bigint)) AS data", lock); got != "true" {
		t.Fatal(got)
	}
	testbed.Eventually(t, "the statement's end on the server", func() bool {
		return testbed.Ask(t, admin, "SELECT to_json(count(*)) AS data FROM pg_locks WHERE locktype = 'advisory' "+
			"AND objid = $1::int", lock) == "0"
	})
	if got := testbed.Ask(t, admin, "SELECT to_json(count(*)) AS data FROM retry_pooled"); got != "1" {
		t.Errorf("%s rows, want 1: the server has executed the query that the pooler has given up", got)
	}
}

// setQueryTimeout uses PgBouncer's console, so that the timeout does not affect a login.
func setQueryTimeout(t *testing.T, b *pgserver.Bouncer) {
	t.Helper()
	u, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/pgbouncer"
	testbed.Execute(t, testbed.Connect(t, u.String()), "SET query_timeout = 1")
}

// A query can raise the SQLSTATEs of a failed login. It does not count as a login, for the category and for the
// metrics.
func TestAuthorizationErrorOfAQuery(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		c := testbed.Connect(t, s.DSN())
		pid := c.PID()
		testbed.Execute(t, c, "CREATE FUNCTION pg_temp.refuses(code text) RETURNS json LANGUAGE plpgsql AS "+
			"$$ BEGIN RAISE 'not for you' USING ERRCODE = code; END $$")
		entity := "not_for_you_" + s.Name
		before := testbed.EntityPage(t, entity)
		codes := []string{"28000", "28P01", "28WIR"} // no other test uses the last one
		for _, code := range codes {
			_, err := testbed.Outcome(t, c, "SELECT pg_temp.refuses('"+code+"') AS data", stream.WithEntity(entity))
			if werr.CategoryOf(err) != werr.CategoryServer || testbed.SQLState(err) != code || werr.SafeToRetry(err) {
				t.Errorf("%v: category %v, safe to retry %t", err, werr.CategoryOf(err), werr.SafeToRetry(err))
			}
		}
		testbed.EntityPage(t, entity).Since(before).Check(t, testbed.Wants{
			"fraiseql_query_error_total error_category server": float64(len(codes)),
			"fraiseql_query_error_total error_category auth":   0,
		})
		if logins := testbed.ReadPage(t, "28WIR"); len(logins) > 0 {
			t.Errorf("the query counts as a failed login: %v", logins)
		}
		testbed.Usable(t, c, pid)
	})
}
