package ring_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

func TestCapacity(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{
		-1: 1024, 0: 1024, 1: 1, 2: 2, 3: 4, 1000: 1024, 1024: 1024, 1025: 2048, 1 << 24: 1 << 24, 1<<24 + 1: 1 << 24,
	} {
		if got := ring.Capacity(n); got != want {
			t.Errorf("Capacity(%d) = %d, want %d", n, got, want)
		}
		if got := ring.New(n).Cap(); got != want {
			t.Errorf("New(%d).Cap() = %d, want %d", n, got, want)
		}
	}
}

// Free never returns a slot whose row the consumer has not given back, and never wraps around the end of the ring.
func TestFreeAroundTheEdge(t *testing.T) {
	t.Parallel()
	r := ring.New(4)
	steps := []struct {
		publish  int
		giveBack uint64
		limit    int
		want     int
	}{
		{0, 0, 10, 4},
		{0, 0, 3, 3},
		{3, 0, 10, 1}, // three published, one slot left before the end
		{1, 0, 10, 0}, // full
		{0, 2, 10, 2}, // two given back: slots 0 and 1
		{1, 4, 10, 3}, // all but the last given back: slots 1, 2, 3
		{3, 8, 10, 4}, // empty, at the end again
		{0, 8, 0, 0},  // a limit of 0
	}
	for i, st := range steps {
		r.Publish(st.publish)
		r.GiveBack(st.giveBack)
		if got := r.Free(st.limit); len(got) != st.want || cap(got) != st.want {
			t.Errorf("step %d: %d free slots (capacity %d), want %d", i, len(got), cap(got), st.want)
		}
	}
}

// A ring that was reset keeps no row alive, and is empty, however many rows have been in it.
func TestReset(t *testing.T) {
	t.Parallel()
	const capacity = 4
	for rows := range uint64(2*capacity + 2) {
		r := ring.New(capacity)
		for i := range rows {
			r.Free(1)[0] = []byte("kept")
			r.Publish(1)
			r.GiveBack(i + 1)
		}
		r.Reset()
		for i := range uint64(capacity) {
			if r.At(i) != nil {
				t.Errorf("after %d rows, the ring keeps row %d", rows, i)
			}
		}
		if free := len(r.Free(capacity)); r.Tail() != 0 || r.Freed() != 0 || free != capacity {
			t.Errorf("after %d rows, the ring starts at %d and %d with %d free slots", rows, r.Tail(), r.Freed(), free)
		}
	}
}

// With one producer, one consumer and no lock, every row arrives once and in order.
func TestProducerAndConsumer(t *testing.T) {
	t.Parallel()
	const total = 100_000
	r := ring.New(64)
	var wg sync.WaitGroup
	wg.Go(func() {
		for sent := 0; sent < total; {
			free := r.Free(min(7, total-sent))
			for i := range free {
				free[i] = fmt.Append(nil, sent+i)
			}
			r.Publish(len(free))
			sent += len(free)
		}
	})
	for head := uint64(0); head < total; {
		tail := r.Tail()
		for ; head < tail; head++ {
			if got, want := string(r.At(head)), fmt.Sprint(head); got != want {
				t.Fatal(cmp.Diff(want, got))
			}
			r.Drop(head)
		}
		r.GiveBack(head)
	}
	wg.Wait()
}

func TestRingDoesNotAllocate(t *testing.T) {
	r := ring.New(64)
	row := []byte("row")
	head := uint64(0)
	allocs := testing.AllocsPerRun(100, func() {
		free := r.Free(16)
		for i := range free {
			free[i] = row
		}
		r.Publish(len(free))
		for ; head < r.Tail(); head++ {
			_ = r.At(head)
		}
		r.GiveBack(head)
	})
	if allocs != 0 {
		t.Errorf("%v allocations per chunk", allocs)
	}
}
