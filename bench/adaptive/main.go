// Command adaptive compares the adaptive chunk size with fixed ones, under ReadAheadAlways:
//
//	DATABASE_URL=... go run ./bench/adaptive
//
// Ratios are those of the elapsed time to that of the adaptive size in the same round: above 1, the fixed size is
// slower.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/bench/scenario"
	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

var fixed = []int{16, 256, 1024}

func main() {
	served.ServeIfChild()
	n := flag.Int("rounds", 15, "rounds of each comparison")
	flag.Float64Var(&rounds.Rest, "rest", 0, "sleep after each run, as a multiple of its duration")
	flag.Parse()
	if err := run(context.Background(), *n); err != nil {
		fmt.Fprintln(os.Stderr, "adaptive:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, n int) error {
	fmt.Printf("GOMAXPROCS=%d, %d rounds, %s\n\n", runtime.GOMAXPROCS(0), n, runtime.Version())
	fmt.Print("| server | row | consumer | adaptive | sizes it took |")
	for _, rows := range fixed {
		fmt.Printf(" fixed %d: time | CPU |", rows)
	}
	fmt.Println("\n| --- | ---: | --- | ---: | --- |" + strings.Repeat(" ---: | ---: |", len(fixed)))
	means := make([]float64, 2*len(fixed)) // sums of logarithms until they are printed
	cases := 0
	for _, size := range []int{120, 1 << 10} {
		places, err := scenario.All(ctx, size)
		if err != nil {
			return err
		}
		for _, p := range places {
			ratios, err := measure(ctx, p, n)
			p.Close()
			if err != nil {
				return err
			}
			for _, r := range ratios {
				for i := range r {
					means[i] += math.Log(r[i])
				}
			}
			cases += len(ratios)
		}
	}
	fmt.Print("| geometric mean | | | | |")
	for _, sum := range means {
		fmt.Printf(" %.3f |", math.Exp(sum/float64(cases)))
	}
	fmt.Println()
	return nil
}

// measure prints a line for each consumer, and returns the ratios in it: time and CPU of each fixed size.
func measure(ctx context.Context, p *scenario.Place, n int) (ratios [][]float64, err error) {
	perRow, err := p.ReadTime(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range []scenario.Consumer{
		{Name: "fast"}, {Name: "slow 3x", Factor: 3}, {Name: "bursty 3x", Factor: 3, Bursts: true},
	} {
		var seen sizes
		always := stream.WithReadAhead(stream.ReadAheadAlways)
		sides := []rounds.Side{p.Side(ctx, "adaptive", k, perRow, seen.look, always)}
		for _, rows := range fixed {
			sides = append(sides, p.Side(ctx, fmt.Sprint(rows), k, perRow, ignore, always, stream.WithChunkRows(rows)))
		}
		samples, err := rounds.Run(n, sides...)
		if err != nil {
			return nil, err
		}
		adaptive := samples[0]
		fmt.Printf("| %s | %d | %s | %.1f ms | %s |", p.Name, p.Size, k.Name,
			float64(rounds.Median(adaptive, rounds.Wall).Microseconds())/1000, &seen)
		var line []float64
		for _, side := range samples[1:] {
			wall, cpu := rounds.Ratio(side, adaptive, rounds.Wall, 0.5), rounds.Ratio(side, adaptive, rounds.CPU, 0.5)
			fmt.Printf(" %.3f | %.3f |", wall, cpu)
			line = append(line, wall, cpu)
		}
		fmt.Println()
		ratios = append(ratios, line)
	}
	return ratios, nil
}

func ignore(stream.Stats) {}

// sizes are the least, the last and the greatest chunk size observed.
type sizes struct{ least, last, most int }

func (s *sizes) look(st stream.Stats) {
	s.last = st.ChunkRows
	s.most = max(s.most, s.last)
	if s.least == 0 || s.last < s.least {
		s.least = s.last
	}
}

func (s *sizes) String() string {
	return fmt.Sprintf("%d to %d, at the end %d", s.least, s.most, s.last)
}
