package integration_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// heap is the bytes of live objects.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// large is three rows, the second of n letters.
func large(n int) string {
	return fmt.Sprintf("SELECT to_json(repeat('x', CASE WHEN g = 2 THEN %d ELSE 1 END)) AS data "+
		"FROM generate_series(1, 3) g", n)
}

// One row of 200 MB between small ones: it arrives whole, and leaves the connection as lean as before.
func TestRowOf200MB(t *testing.T) {
	const slack = 8 << 20
	size := 200_000_000
	if raceDetector {
		size = 40_000_000
	}
	c := connect(t, servers(t)[0].DSN())
	usable(t, c, c.PID())
	for name, mode := range map[string]stream.ReadAhead{"pull": stream.ReadAheadNever, "always": stream.ReadAheadAlways} {
		t.Run(name, func(t *testing.T) {
			before := heap()
			s := long(t, c, large(size), stream.WithReadAhead(mode))
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
			if after := heap(); after > before+slack {
				t.Errorf("%d bytes are held after the result, before it %d", after, before)
			}
			runtime.KeepAlive(s)
		})
	}
	usable(t, c, c.PID())
}

// A row above Config.MaxRowSize is refused by the length that its header claims, before its body is read.
func TestRowAboveTheLimit(t *testing.T) {
	t.Parallel()
	c := connectWith(t, servers(t)[0].DSN(), func(cfg *conn.Config) { cfg.MaxRowSize = 1 << 20 })
	n, err := outcome(t, c, large(20_000_000))
	if n != 1 || err == nil {
		t.Errorf("%d rows, then %v; want one, and an error", n, err)
	}
	if c.State() != conn.Closed {
		t.Errorf("the connection is %v", c.State())
	}
}
