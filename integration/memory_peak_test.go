package integration_test

import (
	"fmt"
	"runtime/metrics"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// inUse returns the bytes of the heap occupied by objects, including dead ones that are not yet collected. It does not
// stop the program.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// peak returns the most memory in use while n rows were read.
func peak(t *testing.T, c *conn.Conn, n int, mode stream.Option) uint64 {
	t.Helper()
	testbed.Heap() // so that earlier allocations do not matter
	s := testbed.Query(t, c, fmt.Sprintf("SELECT to_json(generate_series(1, %d)) AS data", n), mode)
	most := uint64(0)
	got := 0
	for s.Next() {
		if got++; got%10_000 == 0 {
			most = max(most, inUse())
		}
	}
	if err := s.Err(); err != nil || got != n {
		t.Fatalf("%d rows of %d, then %v", got, n, err)
	}
	return most
}

// Memory does not grow with the result: thirty times the rows need no more than the garbage collector's slack.
func TestPeakMemoryIsFlat(t *testing.T) {
	few, many := 100_000, 3_000_000
	if testbed.RaceDetector {
		few, many = 20_000, 600_000
	}
	const slack = 2 << 20
	c := testbed.Connect(t, testbed.DSN(t))
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		peak(t, c, few, mode.Option()) // makes the allocations that the connection keeps
		small, large := peak(t, c, few, mode.Option()), peak(t, c, many, mode.Option())
		if large > small+slack {
			t.Errorf("%d bytes in use for %d rows, %d for %d", large, many, small, few)
		}
		if large > 64<<20 {
			t.Errorf("%d bytes in use", large)
		}
	})
}
