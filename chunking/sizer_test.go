package chunking_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
)

// New accepts any Config, and returns a Sizer with a usable size.
func TestNewNeverPanics(t *testing.T) {
	t.Parallel()
	values := []int{math.MinInt, -1, 0, 1, 100, 1 << 20, math.MaxInt}
	for _, v := range values {
		for _, w := range values {
			for _, cfg := range []chunking.Config{
				{Initial: v, Min: w}, {Min: v, Max: w}, {Window: v, Max: w, Initial: w}, {Low: v, High: w},
			} {
				s := chunking.New(cfg)
				for _, percent := range []int{0, 100} {
					for range 200 {
						s.Observe(percent, 100)
						if s.Size() < 1 {
							t.Fatalf("%+v: size %d", cfg, s.Size())
						}
					}
				}
			}
		}
	}
}

func TestSizesStayWithinBounds(t *testing.T) {
	t.Parallel()
	s := chunking.New(chunking.Config{Initial: math.MaxInt - 1, Min: 3, Max: math.MaxInt, Window: 1})
	if change := s.Observe(1, 1); change != chunking.Kept || s.Size() != math.MaxInt-1 {
		t.Errorf("near the largest int: %v, size %d", change, s.Size())
	}
	for before := s.Size(); s.Observe(0, 1) == chunking.Shrunk; before = s.Size() {
		if s.Size() >= before {
			t.Fatalf("shrunk from %d to %d", before, s.Size())
		}
	}
	if s.Size() != 3 {
		t.Errorf("shrunk to %d, want 3", s.Size())
	}
}

// An impossible occupancy is limited to 0 to 100 percent; one without a capacity is not counted.
func TestObserveOddValues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		buffered, capacity int
		want               chunking.Change
	}{
		"more than the capacity": {10, 1, chunking.Grew},
		"negative":               {-10, 1, chunking.Shrunk},
		"no capacity":            {10, 0, chunking.Kept},
		"negative capacity":      {10, -5, chunking.Kept},
		"largest":                {math.MaxInt, math.MaxInt, chunking.Grew},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := chunking.New(chunking.Config{Window: 1})
			if got := s.Observe(tt.buffered, tt.capacity); got != tt.want {
				t.Errorf("Observe(%d, %d) is %v, want %v", tt.buffered, tt.capacity, got, tt.want)
			}
		})
	}
}

func TestChangeString(t *testing.T) {
	t.Parallel()
	for c, want := range map[chunking.Change]string{
		chunking.Shrunk: "shrunk", chunking.Kept: "kept", chunking.Grew: "grew", 7: "change(7)",
	} {
		if got := fmt.Sprint(c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	s := chunking.New(chunking.Config{})
	n := 0
	if allocs := testing.AllocsPerRun(1000, func() { s.Observe(n%1024, 1024); n += 300 }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
