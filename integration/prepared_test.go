package integration_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// preparing returns a connection that prepares each statement at its first run, and keeps the given number.
func preparing(t testing.TB, dsn string, kept int) *conn.Conn {
	t.Helper()
	return testbed.Connect(t, dsn, func(cfg *conn.Config) { cfg.PrepareThreshold, cfg.StatementCacheSize = 1, kept })
}

// onServer returns how many of our statements the server holds for a connection, including this one.
const onServer = `SELECT to_json(count(*)) AS data FROM pg_prepared_statements WHERE name LIKE 'fraiseql\_%'`

// runPrepared runs a query to its end, and reports whether it ran as a prepared statement.
func runPrepared(t testing.TB, c *conn.Conn, sql string, args ...any) (prepared bool, rows []string, err error) {
	t.Helper()
	s, err := c.QueryArgs(testbed.Context(t), sql, args, stream.WithOnEnd(func(sum stream.Summary) { prepared = sum.Prepared }))
	if err != nil {
		return prepared, nil, err
	}
	for s.Next() {
		rows = append(rows, string(s.Row()))
	}
	return prepared, rows, s.Err()
}

// want runs a query that must succeed, and compares its row and how it ran.
func want(t testing.TB, c *conn.Conn, row string, prepared bool, sql string, args ...any) {
	t.Helper()
	how, rows, err := runPrepared(t, c, sql, args...)
	if err != nil || len(rows) != 1 || rows[0] != row || how != prepared {
		t.Errorf("%s: %q, %v, prepared %v; want %q, prepared %v", sql, rows, err, how, row, prepared)
	}
}

func TestPreparedStatements(t *testing.T) {
	t.Parallel()
	for _, s := range testbed.Servers(t) {
		t.Run(s.Name, func(t *testing.T) {
			c := testbed.Connect(t, s.DSN(), func(cfg *conn.Config) { cfg.PrepareThreshold = 3 })
			before := events(t)
			for run := 1; run <= 5; run++ {
				want(t, c, fmt.Sprint(run*2), run >= 3, "SELECT to_json($1::int * 2) AS data", run)
			}
			for event, least := range map[string]float64{"prepared": 1, "reused": 2} {
				if now := events(t); now[event] < before[event]+least {
					t.Errorf("%s: %v, then %v", event, before[event], now[event])
				}
			}
		})
	}
}

// events returns the metric of prepared statements of this process.
func events(t testing.TB) map[string]float64 {
	t.Helper()
	var text strings.Builder
	wiremetrics.WritePrometheus(&text)
	all := map[string]float64{}
	for line := range strings.Lines(text.String()) {
		var event string
		var count float64
		if _, err := fmt.Sscanf(line, "fraiseql_prepared_statements_total{event=%q} %g", &event, &count); err == nil {
			all[event] = count
		}
	}
	if len(all) != 4 {
		t.Fatalf("the events are %v", all)
	}
	return all
}

// The server never holds more than the statements in the cache and the one that counts them, and each text returns its
// own result.
func TestAThousandTexts(t *testing.T) {
	t.Parallel()
	const kept = 20
	c := preparing(t, testbed.DSN(t), kept)
	before := events(t)["evicted"]
	for i := range 1000 {
		n := i % 500
		want(t, c, fmt.Sprint(n), true, fmt.Sprintf("SELECT to_json(%d) AS data", n))
		if i%100 == 99 {
			want(t, c, fmt.Sprint(kept+1), true, onServer)
		}
	}
	if now := events(t)["evicted"]; now < before+1000-kept {
		t.Errorf("evicted: %v, then %v", before, now)
	}
}

// Tables that change between two runs: the types of columns and parameters, and the table itself.
func TestPreparedStatementsOutliveDDL(t *testing.T) {
	t.Parallel()
	c, admin := preparing(t, testbed.DSN(t), 256), testbed.Connect(t, testbed.DSN(t))
	table := fmt.Sprintf("prepared_%d", c.PID())
	testbed.Execute(t, admin, "CREATE TABLE "+table+" (id int, data json)")
	defer testbed.Execute(t, admin, "DROP TABLE "+table)
	testbed.Execute(t, admin, "INSERT INTO "+table+" VALUES (1, '7')")
	all, one := "SELECT data FROM "+table, "SELECT data FROM "+table+" WHERE id = $1"
	want(t, c, "7", true, all)
	want(t, c, "7", true, one, 1)

	testbed.Execute(t, admin, "ALTER TABLE "+table+" ALTER data TYPE jsonb") // the result's type
	want(t, c, "7", false, all)
	want(t, c, "7", false, one, 1)
	want(t, c, "7", true, all)
	want(t, c, "7", true, one, 1)

	testbed.Execute(t, admin, "ALTER TABLE "+table+" ALTER id TYPE text") // the parameter's type
	want(t, c, "7", false, one, "1")
	want(t, c, "7", true, one, "1")

	testbed.Execute(t, admin, "ALTER TABLE "+table+" ADD more int")
	want(t, c, "7", true, all)

	testbed.Execute(t, admin, "ALTER TABLE "+table+" RENAME data TO other")
	if _, _, err := runPrepared(t, c, all); testbed.SQLState(err) != "42703" {
		t.Errorf("without its column: %v, want SQLSTATE 42703", err)
	}
	testbed.Execute(t, admin, "ALTER TABLE "+table+" RENAME other TO data")
	want(t, c, "7", true, all)
}

// Errors in the arguments, or in a text, are reported as if nothing had been prepared.
func TestPreparedStatementsKeepTheirErrors(t *testing.T) {
	t.Parallel()
	inAllWays(t, testbed.DSN(t), func(t *testing.T, c *conn.Conn) {
		for range 3 {
			for sql, code := range map[string]string{
				"SELECT to_json($1::int) AS data":                                  "22P02",
				"SELECT nothing AS data WHERE $1 = ''":                             "42703",
				"SELECT $1::int AS data SELECT":                                    "42601",
				"SELECT to_json(1/($1::text = 'x')::int::bigint::int / 0) AS data": "22012",
			} {
				if _, _, err := runPrepared(t, c, sql, "x"); testbed.SQLState(err) != code {
					t.Errorf("%s: %v, want SQLSTATE %s", sql, err, code)
				}
			}
			if _, _, err := runPrepared(t, c, "SELECT $1 AS data", "x"); werr.CategoryOf(err) != werr.CategorySchema {
				t.Errorf("text: %v, want a schema error", err)
			}
			if _, rows, err := runPrepared(t, c, "SELECT to_json($1::int) AS data", 1); err != nil || len(rows) != 1 {
				t.Errorf("a good argument: %q, %v", rows, err)
			}
		}
	})
}

// A function that discards all statements, like the reset queries of poolers, has no visible effect, but nothing is
// prepared from then on.
func TestStatementsThatAreThrownAway(t *testing.T) {
	t.Parallel()
	c := preparing(t, testbed.DSN(t), 256)
	name := fmt.Sprintf("prepared_away_%d", c.PID())
	testbed.Execute(t, c, "CREATE FUNCTION "+name+"() RETURNS json LANGUAGE plpgsql AS "+
		"$$BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN '0'; END$$")
	defer testbed.Execute(t, c, "DROP FUNCTION "+name)
	before := events(t)["healed"]
	want(t, c, "1", true, "SELECT '1'::json AS data")
	want(t, c, "1", true, "SELECT '1'::json AS data")
	want(t, c, "0", true, "SELECT "+name+"() AS data")
	want(t, c, "1", false, "SELECT '1'::json AS data")
	want(t, c, "1", false, "SELECT '1'::json AS data")
	want(t, c, "0", false, onServer)
	if now := events(t)["healed"]; now < before+1 {
		t.Errorf("healed: %v, then %v", before, now)
	}
}

// Names belong to the session: two connections of one user do not conflict.
func TestTwoConnectionsPrepareTheSameText(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for range 2 {
		c := preparing(t, testbed.DSN(t), 256)
		both.Go(func() {
			for i := range 50 {
				want(t, c, fmt.Sprint(i), true, "SELECT to_json($1::int) AS data", i)
			}
		})
	}
	both.Wait()
}
