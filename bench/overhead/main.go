// Command overhead measures what single features of the library cost, against a build or a run without them, and how
// soon a pause and its end take effect. Run it in the module's root:
//
//	DATABASE_URL=... go run ./bench/overhead > bench/results/overhead.md
//
// A feature that no option switches off is left out of a build by go build's -overlay; see features.go. Both builds
// read the same rows from memory. Instructions are counted by valgrind where it is installed, and say the same each
// time; nanoseconds are the best of many runs, side by side. DATABASE_URL gives the whole query that they are a share
// of.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
)

func main() {
	n := flag.Int("rounds", 15, "rounds of each comparison")
	pauses := flag.Int("pauses", 1000, "pauses in each mode; 0: none")
	flag.Float64Var(&rounds.Rest, "rest", 0, "sleep after each run, as a multiple of what it took")
	flag.Parse()
	if err := run(context.Background(), *n, *pauses); err != nil {
		fmt.Fprintln(os.Stderr, "overhead:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, n, pauses int) error {
	if os.Getenv("DATABASE_URL") == "" {
		return fmt.Errorf("DATABASE_URL is not set: go run ./integration/withpg -- go run ./bench/overhead")
	}
	fmt.Printf("%s, GOMAXPROCS=%d, %d rounds\n\n", runtime.Version(), runtime.GOMAXPROCS(0), n)
	if err := overheads(ctx, n); err != nil {
		return err
	}
	if pauses == 0 {
		return nil
	}
	return pauseLatencies(ctx, pauses)
}

func overheads(ctx context.Context, n int) error {
	dir, err := os.MkdirTemp("", "overhead")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is temporary
	all, err := measureWhole(ctx, n)
	if err != nil {
		return err
	}
	base, costs, err := measure(ctx, dir, n, fmt.Sprintf("-rows=%.0f", all.rows))
	if err != nil {
		return err
	}
	fmt.Printf("A read of %.0f rows: %.0f ns of the client's processor in a query on PostgreSQL, %.0f ns by the clock; "+
		"%.0f ns and\n%.0f instructions in the library, without the system call.\n\n",
		all.rows, all.cpu, all.wall, base.ns, base.instructions)
	fmt.Println("A share is of the nanoseconds, or of the instructions at the library's own pace where that is more.")
	fmt.Println()
	fmt.Println("| feature | instructions a read | of the library's | ns a read | of the client's processor time | " +
		"of the query's time | mark | met |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
	for i, f := range features {
		c := costs[i]
		ns := max(c.ns, c.instructions*base.ns/max(base.instructions, 1))
		ofCPU, ofWall := 100*ns/all.cpu, 100*ns/all.wall
		fmt.Printf("| %s | %.1f | %.2f %% | %.1f | %.2f %% | %.2f %% | %g %% | %s |\n", f.name, c.instructions,
			100*c.instructions/base.instructions, c.ns, ofCPU, ofWall, f.mark, verdict(ofCPU, ofWall, f.mark))
	}
	fmt.Println()
	return nil
}

// verdict holds a share against its mark, by both measures.
func verdict(ofCPU, ofWall, mark float64) string {
	switch {
	case ofCPU <= mark:
		return "yes"
	case ofWall <= mark:
		return "by the clock"
	}
	return "no"
}

// measure gives the cost of a read of so many rows, and what each feature adds to it.
func measure(ctx context.Context, dir string, n int, rows string) (base cost, costs []cost, err error) {
	plain, err := build(ctx, dir, "plain", nil)
	if err != nil {
		return base, nil, err
	}
	variants := []variant{{plain, []string{rows}}}
	for i, f := range features {
		v := variant{plain, append([]string{rows}, f.with...)}
		if len(f.edits) > 0 {
			if v.program, err = build(ctx, dir, fmt.Sprintf("without-%d", i), f.edits); err != nil {
				return base, nil, err
			}
		}
		variants = append(variants, v)
	}
	ns, err := nanoseconds(ctx, n, variants)
	if err != nil {
		return base, nil, err
	}
	counts := make([]float64, len(variants))
	if _, err := exec.LookPath("valgrind"); err == nil {
		for i, v := range variants {
			if counts[i], err = instructions(ctx, v.program, v.args...); err != nil {
				return base, nil, err
			}
		}
	}
	for i, f := range features {
		costs = append(costs, f.difference(cost{counts[0], ns[0]}, cost{counts[i+1], ns[i+1]}))
	}
	return cost{counts[0], ns[0]}, costs, nil
}

// difference is what the feature costs, from a read of the plain build and one of the other.
func (f feature) difference(plain, other cost) cost {
	d := cost{other.instructions - plain.instructions, other.ns - plain.ns}
	if len(f.edits) > 0 {
		return cost{-d.instructions, -d.ns}
	}
	return cost{d.instructions / float64(f.per), d.ns / float64(f.per)}
}
