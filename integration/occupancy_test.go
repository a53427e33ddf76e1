package integration_test

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const occupancy = "fraiseql_channel_occupancy_rows"

// A consumer that is faster than the server finds next to nothing in the ring: never more than has arrived since it
// took the last row, plus what it has not given back yet.
func TestOccupancyIsLowForAFastConsumer(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const n, few, size, capacity = 1000, 8, 1000, 1024
		p, entity := testbed.NewProxy(t), testbed.UniqueEntity(t)
		c := testbed.Connect(t, testbed.DSN(t), p.Through)
		p.NextRows(few, size, true)
		s := testbed.Query(t, c, testbed.Numbered(n, size), m.With(stream.WithEntity(entity), stream.WithCapacity(capacity))...)
		for done := 0; done < n; done += few {
			testbed.Take(t, s, done, few)
			p.NextRows(few, size, false)
		}
		p.Heal()
		testbed.TakeEnd(t, s)
		page := testbed.EntityPage(t, entity)
		if all, low := page.Get(occupancy+"_count"), page.UpTo(occupancy, 128); all != n+1 || low != all {
			t.Errorf("%v polls of %d found at most 128 rows, of %v in all", low, n+1, all)
		}
	})
}

// A consumer that gives the reader all the time it needs finds the ring full.
func TestOccupancyIsHighForASlowConsumer(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const n, capacity = 3000, 1024
		c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
		s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100), m.With(stream.WithEntity(entity),
			stream.WithCapacity(capacity))...)
		taken := testbed.WaitForReader(t, s, 0)
		// The consumer is not slow until the reader has had its first chance to fill the ring. It reports its earlier
		// observations soon after it notices that the page was read.
		testbed.WaitNearlyFull(t, s, capacity)
		testbed.EntityPage(t, entity)
		testbed.Take(t, s, taken, 2*64)
		taken += 2 * 64
		before := testbed.EntityPage(t, entity)
		for i := range n {
			testbed.WaitNearlyFull(t, s, capacity)
			testbed.Take(t, s, taken+i, 1)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		p := testbed.EntityPage(t, entity).Since(before)
		if count := p.Get(occupancy + "_count"); count < 0.9*n {
			t.Fatalf("%v polls observed of %d", count, n)
		}
		if mean := p.Mean(occupancy); !(mean > 0.9*capacity) {
			t.Errorf("%.1f rows on average, want above nine tenths of %d", mean, capacity)
		}
		if above := p.Get(occupancy+"_count") - p.UpTo(occupancy, capacity); above != 0 {
			t.Errorf("%v polls found more than the capacity", above)
		}
		if low := p.UpTo(occupancy, 512); low != 0 {
			t.Errorf("%v polls found at most half of the capacity", low)
		}
	})
}

// After any end of the stream the ring is empty, and nothing is observed any more.
func TestOccupancyIsZeroAfterTheEnd(t *testing.T) {
	t.Parallel()
	const n = 5000
	ends := map[string]struct {
		rows int
		end  func(t *testing.T, s *stream.Stream)
	}{
		"last row": {n, func(t *testing.T, s *stream.Stream) {
			testbed.Take(t, s, 0, n)
			if s.Next() {
				t.Fatal("one row too many")
			}
		}},
		"close": {testbed.Endless, func(t *testing.T, s *stream.Stream) { testbed.Take(t, s, 0, n) }},
		"cancel": {testbed.Endless, func(t *testing.T, s *stream.Stream) {
			testbed.Take(t, s, 0, n)
			if err := s.CancelTimeout(testbed.Patience); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for name, e := range ends {
		t.Run(name, func(t *testing.T) {
			testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
				c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
				s := testbed.Query(t, c, testbed.Numbered(e.rows, 100), m.With(stream.WithEntity(entity))...)
				e.end(t, s)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if st := s.Stats(); st.ItemsBuffered != 0 || st.EstimatedMemory != 0 {
					t.Errorf("%d rows, %d bytes are buffered", st.ItemsBuffered, st.EstimatedMemory)
				}
				p := testbed.EntityPage(t, entity)
				p.Check(t, testbed.Wants{"fraiseql_stream_buffered_items": 0, "fraiseql_active_streams": 0})
				// Each call of Next is one observation: n rows, and the one that found the end.
				polls := float64(n)
				if e.rows == n {
					polls++
				}
				p.Check(t, testbed.Wants{occupancy + "_count": polls})
				s.Next()
				testbed.EntityPage(t, entity).Check(t, testbed.Wants{occupancy + "_count": polls})
			})
		})
	}
}
