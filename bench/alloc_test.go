//go:build !race && !invariants

package bench

import (
	"os"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The limits here are for normal builds: the race detector makes additional allocations.

const (
	// mostPerQuery is how many allocations a whole query may make, from Query to the end of its stream.
	mostPerQuery = 12
	// mostPerResult is how many more a long result may make, whatever its length: for read buffers, and by the runtime
	// for waiting. One allocation per row would be 200000.
	mostPerResult = 20
)

// apart returns a connection to a server in another process, so that only the client's allocations are counted.
func apart(t *testing.T) *conn.Conn {
	t.Helper()
	s, err := served.Child(served.Unix)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return connect(t, s.Config())
}

func TestAllocationsOfAQuery(t *testing.T) {
	servers := map[string]*conn.Conn{"synthetic": apart(t)}
	if dsn := os.Getenv("DATABASE_URL"); dsn != "" {
		cfg, err := conn.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		servers["PostgreSQL"] = connect(t, cfg)
	}
	modes := map[string]stream.ReadAhead{
		"auto": stream.ReadAheadAuto, "pull": stream.ReadAheadNever, "always": stream.ReadAheadAlways,
	}
	for server, c := range servers {
		for mode, m := range modes {
			t.Run(server+"/"+mode, func(t *testing.T) {
				allocs := testing.AllocsPerRun(200, func() {
					rows, _ := read(t, c, `SELECT '{"id":1}'::json AS data`, nil, stream.WithReadAhead(m))
					if rows != 1 {
						t.Fatalf("%d rows, want 1", rows)
					}
				})
				t.Logf("%v allocations", allocs)
				if allocs > mostPerQuery {
					t.Errorf("%v allocations per query, want at most %d", allocs, mostPerQuery)
				}
			})
		}
	}
}

func TestNoAllocationsForARow(t *testing.T) {
	const rows = 200_000
	c := apart(t)
	tests := map[string][]stream.Option{
		"pull":         {stream.WithReadAhead(stream.ReadAheadNever)},
		"always":       {stream.WithReadAhead(stream.ReadAheadAlways)},
		"auto":         nil,
		"memory limit": {stream.WithMaxMemory(1 << 20), stream.WithMemoryPolicy(stream.MemoryWait)},
	}
	for name, opts := range tests {
		t.Run(name, func(t *testing.T) {
			allocs := testing.AllocsPerRun(5, func() {
				if got, _ := read(t, c, synthetic(rows, 120), nil, opts...); got != rows {
					t.Fatalf("%d rows, want %d", got, rows)
				}
			})
			t.Logf("%v allocations for %d rows", allocs, rows)
			if allocs > mostPerQuery+mostPerResult {
				t.Errorf("%v allocations for %d rows, want at most %d", allocs, rows, mostPerQuery+mostPerResult)
			}
		})
	}
}
