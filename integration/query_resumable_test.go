package integration_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/query"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// reconnecting is a Runner that opens a new connection for each statement, and retries failed logins, as a pool does.
type reconnecting struct {
	t       *testing.T
	connect func(ctx context.Context) (*conn.Conn, error)
	last    *conn.Conn
	logins  int // failed ones
}

func (r *reconnecting) QueryArgs(ctx context.Context, sql string, args []any, opts ...stream.Option) (*stream.Stream, error) {
	for {
		c, err := r.connect(ctx)
		switch {
		case err == nil:
			r.t.Cleanup(func() { testbed.Close(r.t, c) })
			r.last = c
			return c.QueryArgs(ctx, sql, args, opts...)
		case ctx.Err() != nil:
			return nil, err
		}
		r.logins++
	}
}

// cutting is a route to a server that cuts connections at points determined by a seed.
type cutting struct {
	t      *testing.T
	random *rand.Rand
	dsn    string
	cuts   int // remaining ones
	login  int // approximate number of bytes that the server sends in a login
}

func (w *cutting) connect(ctx context.Context) (*conn.Conn, error) {
	return conn.ConnectConfig(ctx, testbed.Config(w.t, w.dsn, func(cfg *conn.Config) {
		cfg.Dial = w.dial
		// The index yields the rows after the cursor without sorting all of them.
		cfg.RuntimeParams["enable_sort"], cfg.RuntimeParams["enable_seqscan"] = "off", "off"
	}))
}

// dial gives each socket its own proxy: a login may dial twice, first with TLS.
func (w *cutting) dial(ctx context.Context, network, address string) (net.Conn, error) {
	proxy := testbed.NewProxy(w.t)
	if w.cuts > 0 {
		w.cuts--
		after := w.random.IntN(40_000) // inside a row, or between two
		if w.random.IntN(5) == 0 {
			after = w.random.IntN(w.login)
		}
		proxy.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{After: after, End: testbed.Reset})
	}
	return proxy.Dial(ctx, network, address)
}

// A hundred losses at any point, in a login, inside a row or between two, lose no row of an export of 100,000, and
// duplicate none.
func TestQueryResumableThroughCuts(t *testing.T) {
	t.Parallel()
	const rows, cuts = 100_000, 100
	s := testbed.Servers(t)[0] // TestQueryKeysetPages covers the statements on the others
	c := testbed.Connect(t, s.DSN())
	schema := querySchema(t, c, "wire_query_resumable")
	q := numberedView(t, c, schema, rows)
	way := &cutting{t: t, random: rand.New(rand.NewPCG(15, rows)), dsn: s.DSN(), cuts: cuts, login: 600}
	runner := &reconnecting{t: t, connect: way.connect}
	// Without a time limit: a hundred logins may take longer than Patience on a busy machine.
	next := 1
	for row, err := range q.Resumable(t.Context(), runner) {
		if err != nil {
			t.Fatalf("after row %d, %d cuts remaining: %v", next-1, way.cuts, err)
		}
		if want := fmt.Sprintf(`{"id": %d}`, next); string(row) != want {
			t.Fatalf("row %s, want %s; %d cuts remaining", row, want, way.cuts)
		}
		next++
	}
	if next != rows+1 || way.cuts != 0 {
		t.Errorf("%d rows and %d cuts left, want %d and none", next-1, way.cuts, rows)
	}
	if runner.logins == 0 {
		t.Error("no login was cut")
	}
}

// numberedView returns an ordered statement over rows {"id": n}, with an index for its order and its cursors.
func numberedView(t *testing.T, c *conn.Conn, schema string, rows int) query.Select {
	t.Helper()
	q := query.From(schema + ".v").OrderBy(query.Field("id").As(query.Numeric).Asc().NotNull())
	sql, _, err := q.Build()
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := strings.Cut(sql, " ORDER BY ")
	testbed.Execute(t, c, fmt.Sprintf("CREATE TABLE %s.v AS SELECT jsonb_build_object('id', g) AS data FROM generate_series(1, %d) g",
		schema, rows))
	testbed.Execute(t, c, "CREATE INDEX ON "+schema+".v (("+key+"))")
	return q
}

// Limit, offset and a filter give the same result with losses as without.
func TestQueryResumableCounts(t *testing.T) {
	t.Parallel()
	s := testbed.Servers(t)[0]
	c := testbed.Connect(t, s.DSN())
	schema := querySchema(t, c, "wire_query_counts")
	q := numberedView(t, c, schema, 20_000)
	even := func(row json.RawMessage) bool { return (row[len(row)-2]-'0')%2 == 0 }
	for name, tt := range map[string]struct {
		q                 query.Select
		first, step, last int
	}{
		"limit":            {q.Limit(15_000), 1, 1, 15_000},
		"offset":           {q.Offset(1000).Limit(15_000), 1001, 1, 16_000},
		"filter":           {q.Filter(even), 2, 2, 20_000},
		"filter and limit": {q.Filter(even).Limit(15_001), 2, 2, 15_000},
		"limit of all":     {q.Limit(20_000), 1, 1, 20_000},
	} {
		t.Run(name, func(t *testing.T) {
			way := &cutting{t: t, random: rand.New(rand.NewPCG(7, 7)), dsn: s.DSN(), cuts: 10, login: 600}
			next := tt.first
			for row, err := range tt.q.Resumable(testbed.Context(t), &reconnecting{t: t, connect: way.connect}) {
				if err != nil {
					t.Fatal(err)
				}
				if want := fmt.Sprintf(`{"id": %d}`, next); string(row) != want {
					t.Fatalf("row %s, want %s", row, want)
				}
				next += tt.step
			}
			if next-tt.step != tt.last {
				t.Errorf("the last row is %d, want %d", next-tt.step, tt.last)
			}
			if way.cuts == 10 {
				t.Error("nothing was cut")
			}
		})
	}
}

// A program that has stored a cursor before it died continues after it.
func TestQueryGoesOnBehindACursor(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	schema := querySchema(t, c, "wire_query_dies")
	q := numberedView(t, c, schema, 1000)
	seen, cursor := 0, ""
	for seen < 1000 {
		from := q
		if cursor != "" {
			from = q.After(cursor)
		}
		lives := 0
		for row, err := range from.Resumable(testbed.Context(t), c) {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; string(row) != fmt.Sprintf(`{"id": %d}`, seen) {
				t.Fatalf("row %d is %s", seen, row)
			}
			if cursor, err = q.Cursor(row); err != nil {
				t.Fatal(err)
			}
			if lives++; lives == 130 {
				break
			}
		}
	}
}

// If the two rows before a loss have the same keys, it is unknown which rows come after them.
func TestQueryResumableDoesNotGuess(t *testing.T) {
	t.Parallel()
	s := testbed.Servers(t)[0]
	c := testbed.Connect(t, s.DSN())
	schema := querySchema(t, c, "wire_query_guess")
	testbed.Execute(t, c, "CREATE TABLE "+schema+".v AS SELECT jsonb_build_object('id', g / 1000) AS data FROM generate_series(1, 50000) g")
	q := query.From(schema + ".v").OrderBy(query.Field("id").As(query.Numeric).Asc())
	proxy := testbed.NewProxy(t)
	proxy.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{After: 30_000, End: testbed.Reset})
	runner := &reconnecting{t: t, connect: func(ctx context.Context) (*conn.Conn, error) {
		return conn.ConnectConfig(ctx, testbed.Config(t, s.DSN(), proxy.Through))
	}}
	var last error
	for _, err := range q.Resumable(testbed.Context(t), runner) {
		last = err
	}
	var wrong *werr.UsageError
	if !errors.As(last, &wrong) || !strings.Contains(wrong.Detail, "same keys") {
		t.Errorf("%v, want a UsageError that says why", last)
	}
}
