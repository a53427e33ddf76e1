package integration_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// large returns a statement for three rows, the second of n letters.
func large(n int) string {
	return fmt.Sprintf("SELECT to_json(repeat('x', CASE WHEN g = 2 THEN %d ELSE 1 END)) AS data "+
		"FROM generate_series(1, 3) g", n)
}

// One row of 200 MB between small ones: it arrives whole, and afterwards the connection uses no more memory than
// before.
func TestRowOf200MB(t *testing.T) {
	size := 200_000_000
	if testbed.RaceDetector {
		size = 40_000_000
	}
	c := testbed.Connect(t, testbed.DSN(t))
	testbed.Usable(t, c, c.PID())
	for name, mode := range map[string]stream.ReadAhead{"pull": stream.ReadAheadNever, "always": stream.ReadAheadAlways} {
		t.Run(name, func(t *testing.T) {
			before := testbed.Heap()
			s := testbed.Query(t, c, large(size), stream.WithReadAhead(mode))
			n := 0
			for s.Next() {
				letters := 1
				if n++; n == 2 {
					letters = size
				}
				row := s.Row()
				if len(row) != letters+2 || bytes.Count(row, []byte{'x'}) != letters || row[0] != '"' || row[letters+1] != '"' {
					t.Fatalf("row %d has %d bytes, want %d", n, len(row), letters+2)
				}
			}
			if n != 3 || s.Err() != nil {
				t.Fatalf("%d rows, then %v", n, s.Err())
			}
			testbed.CheckHeap(t, before)
			runtime.KeepAlive(s)
		})
	}
	testbed.Usable(t, c, c.PID())
}

// A row above Config.MaxRowSize is refused by the length that its header claims, before its body is read.
func TestRowAboveTheLimit(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t), func(cfg *conn.Config) { cfg.MaxRowSize = 1 << 20 })
	n, err := testbed.Outcome(t, c, large(20_000_000))
	if n != 1 || err == nil {
		t.Errorf("%d rows, then %v; want one, and an error", n, err)
	}
	if c.State() != conn.Closed {
		t.Errorf("the connection is %v", c.State())
	}
}
