package integration_test

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const occupancy = "fraiseql_channel_occupancy_rows"

// A consumer that is faster than the server finds next to nothing in the ring.
func TestOccupancyIsLowForAFastConsumer(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		undisturbed(t, "a fast consumer found many rows in the ring", func(t *testing.T) bool {
			const n, capacity = 1000, 1024
			c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
			s := query(t, c, laborious(n, 1000), f.with(stream.WithEntity(entity), stream.WithCapacity(capacity))...)
			take(t, s, 0, n)
			if s.Next() {
				t.Fatal("one row too many")
			}
			p := entityPage(t, entity)
			mean, low := p.mean(occupancy), p.upTo(occupancy, 128)
			t.Logf("%.1f rows on average, %v of %d polls found at most 128", mean, low, n)
			return mean < capacity/10 && low >= 0.9*n
		})
	})
}

// A consumer that gives the reader all the time it needs finds the ring full.
func TestOccupancyIsHighForASlowConsumer(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const n, capacity = 3000, 1024
		c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
		s := query(t, c, numbered(endless, 100), f.with(stream.WithEntity(entity), stream.WithCapacity(capacity))...)
		taken := waitForReader(t, s, 0)
		// Until the reader had its first chance to fill the ring, the consumer was not slow. It reports what it has
		// seen until then soon after it notices that the page was read.
		waitNearlyFull(t, s, capacity)
		entityPage(t, entity)
		take(t, s, taken, 2*64)
		taken += 2 * 64
		before := entityPage(t, entity)
		for i := range n {
			waitNearlyFull(t, s, capacity)
			take(t, s, taken+i, 1)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		p := entityPage(t, entity).since(before)
		if count := p.get(occupancy + "_count"); count < 0.9*n {
			t.Fatalf("%v polls observed of %d", count, n)
		}
		if mean := p.mean(occupancy); !(mean > 0.9*capacity) {
			t.Errorf("%.1f rows on average, want above nine tenths of %d", mean, capacity)
		}
		if above := p.get(occupancy+"_count") - p.upTo(occupancy, capacity); above != 0 {
			t.Errorf("%v polls found more than the capacity", above)
		}
		if low := p.upTo(occupancy, 512); low != 0 {
			t.Errorf("%v polls found at most half of the capacity", low)
		}
	})
}

// After the end, whichever it is, nothing stands in the ring any more, and nothing is observed any more.
func TestOccupancyIsZeroAfterTheEnd(t *testing.T) {
	t.Parallel()
	const n = 5000
	ends := map[string]struct {
		rows int
		end  func(t *testing.T, s *stream.Stream)
	}{
		"last row": {n, func(t *testing.T, s *stream.Stream) {
			take(t, s, 0, n)
			if s.Next() {
				t.Fatal("one row too many")
			}
		}},
		"close": {endless, func(t *testing.T, s *stream.Stream) { take(t, s, 0, n) }},
		"cancel": {endless, func(t *testing.T, s *stream.Stream) {
			take(t, s, 0, n)
			if err := s.CancelTimeout(patience); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for name, e := range ends {
		t.Run(name, func(t *testing.T) {
			onFills(t, func(t *testing.T, f fill) {
				c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
				s := query(t, c, numbered(e.rows, 100), f.with(stream.WithEntity(entity))...)
				e.end(t, s)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if st := s.Stats(); st.ItemsBuffered != 0 || st.EstimatedMemory != 0 {
					t.Errorf("%d rows, %d bytes are buffered", st.ItemsBuffered, st.EstimatedMemory)
				}
				p := entityPage(t, entity)
				p.check(t, want{"fraiseql_stream_buffered_items", 0}, want{"fraiseql_active_streams", 0})
				// Each call of Next is one observation: n rows, and the one that found the end.
				polls := float64(n)
				if e.rows == n {
					polls++
				}
				p.check(t, want{occupancy + "_count", polls})
				s.Next()
				entityPage(t, entity).check(t, want{occupancy + "_count", polls})
			})
		})
	}
}
