package metrics_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// The tally by runs gives the same result as one observation per poll.
func TestOccupancyAgainstSinglePolls(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 7))
		name := fmt.Sprintf("polls-%d.", seed)
		e := wiremetrics.ForEntity(name)
		var d wiremetrics.Depths
		var polls []uint64
		for range 50 {
			switch rng.IntN(4) {
			case 0:
				d.Empty()
				polls = append(polls, 0)
			case 1:
				e.Occupancy(&d)
			default:
				first := 1 + rng.Uint64N(1<<rng.IntN(18))
				last := first - rng.Uint64N(min(first, 3000))
				d.Run(first, last)
				for depth := last; depth <= first; depth++ {
					polls = append(polls, depth)
				}
			}
		}
		e.Occupancy(&d)
		if diff := cmp.Diff(expected(name, polls), wiremetrics.Lines(`occupancy_rows_`, name)); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

// expected returns the lines of the page for a histogram of single polls.
func expected(entity string, polls []uint64) []string {
	count := func(bound uint64) (n int) {
		for _, p := range polls {
			if p <= bound {
				n++
			}
		}
		return n
	}
	var lines []string
	line := func(suffix, le string, value any) {
		lines = append(lines, fmt.Sprintf("fraiseql_channel_occupancy_rows_%s{entity=%q%s} %d", suffix, entity, le, value))
	}
	line("bucket", `,le="0"`, count(0))
	for bound := uint64(1); bound <= 65536; bound *= 2 {
		line("bucket", fmt.Sprintf(",le=%q", fmt.Sprint(bound)), count(bound))
	}
	line("bucket", `,le="+Inf"`, len(polls))
	sum := uint64(0)
	for _, p := range polls {
		sum += p
	}
	line("sum", "", sum)
	line("count", "", len(polls))
	return lines
}

func TestDepthsDoNotAllocate(t *testing.T) {
	e := wiremetrics.ForEntity("no allocation")
	var d wiremetrics.Depths
	if allocs := testing.AllocsPerRun(100, func() { d.Run(1000, 3); d.Empty(); e.Occupancy(&d) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	if d.Runs() != 0 {
		t.Errorf("%d runs left after the merge", d.Runs())
	}
}

// BenchmarkDepths measures the cost of one run of rows, whatever its length, and of one merge.
func BenchmarkDepths(b *testing.B) {
	e := wiremetrics.ForEntity("benchmark")
	var d wiremetrics.Depths
	b.Run("run", func(b *testing.B) {
		for b.Loop() {
			d.Run(67, 1)
		}
	})
	b.Run("merge", func(b *testing.B) {
		for b.Loop() {
			d.Run(67, 1)
			e.Occupancy(&d)
		}
	})
}
