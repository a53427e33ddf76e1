//go:build !race

package integration_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// drainAll reads a result without making allocations itself.
func drainAll(ctx context.Context, t testing.TB, c querier, sql string, opts ...stream.Option) (n int) {
	s, err := c.Query(ctx, sql, opts...)
	if err != nil {
		t.Fatal(err)
	}
	for s.Next() {
		n++
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// mallocs returns how many objects f allocates, in all goroutines.
func mallocs(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// A row costs no allocation, on any route to the server. The additional allocations of a result of 100,000 rows,
// compared with one of 1000, come from chunks, not from rows.
func TestAllocationsPerRow(t *testing.T) {
	for route, dsn := range testbed.Routes(t, testbed.Servers(t)[0]) {
		t.Run(route, func(t *testing.T) {
			c := testbed.Connect(t, dsn)
			ctx, end := context.WithCancel(t.Context())
			defer end()
			testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
				count := func(n int) uint64 {
					sql := fmt.Sprintf("SELECT jsonb_build_object('id', g) AS data FROM (SELECT generate_series(1, %d) AS g) s", n)
					drainAll(ctx, t, c, sql, mode.Option())
					return mallocs(func() { drainAll(ctx, t, c, sql, mode.Option()) })
				}
				few, many := count(1000), count(100_000)
				t.Logf("1000 rows: %d objects, 100000 rows: %d", few, many)
				if many > few+1000 { // one per hundred rows: reads may allocate with TLS or the tag invariants
					t.Errorf("100000 rows allocate %d objects, 1000 rows %d", many, few)
				}
			})
		})
	}
}

// A query that returns one row allocates fewer than 40 objects from Query to its end.
func TestAllocationsPerQuery(t *testing.T) {
	for route, dsn := range testbed.Routes(t, testbed.Servers(t)[0]) {
		t.Run(route, func(t *testing.T) {
			c := testbed.Connect(t, dsn)
			ctx, end := context.WithCancel(t.Context())
			defer end()
			for name, mode := range map[string]stream.ReadAhead{"pull": stream.ReadAheadNever, "auto": stream.ReadAheadAuto} {
				got := testing.AllocsPerRun(200, func() {
					drainAll(ctx, t, c, "SELECT to_json(1) AS data", stream.WithReadAhead(mode))
				})
				t.Logf("%s: %v objects per query", name, got)
				if got >= 40 {
					t.Errorf("%s: %v objects per query, want fewer than 40", name, got)
				}
			}
		})
	}
}

// A query on a pool allocates at most two objects more than the same query on a connection.
func TestAllocationsPerPoolQuery(t *testing.T) {
	dsn := testbed.DSN(t)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	for name, opts := range map[string][]stream.Option{
		"without options": nil, "with an option": {stream.WithReadAhead(stream.ReadAheadNever)},
	} {
		count := func(q querier) float64 {
			return testing.AllocsPerRun(200, func() { drainAll(ctx, t, q, "SELECT to_json(1) AS data", opts...) })
		}
		direct, pooled := count(testbed.Connect(t, dsn)), count(newPool(t, dsn, one))
		t.Logf("%s: %v objects per query on a connection, %v on a pool", name, direct, pooled)
		if pooled > direct+2 {
			t.Errorf("%s: %v objects per query on a pool, %v on a connection; want at most 2 more", name, pooled, direct)
		}
	}
}
