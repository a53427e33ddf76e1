package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
)

// cost is what one read with its rows costs in the workload.
type cost struct {
	instructions float64 // 0: valgrind is not here
	ns           float64
}

// instructions of a program for one read, counted by valgrind: the difference of two lengths, so that start and end of
// the process fall out.
func instructions(ctx context.Context, program string, args ...string) (float64, error) {
	const short, long = 2_000, 12_000
	var counts []float64
	for _, fills := range []int{short, long} {
		n, err := callgrind(ctx, program, append(args, "-fills", strconv.Itoa(fills))...)
		if err != nil {
			return 0, err
		}
		counts = append(counts, n)
	}
	return (counts[1] - counts[0]) / (long - short), nil
}

var collected = regexp.MustCompile(`Collected : (\d+)`)

func callgrind(ctx context.Context, program string, args ...string) (float64, error) {
	words := append([]string{"--tool=callgrind", "--callgrind-out-file=/dev/null", program}, args...)
	cmd := exec.CommandContext(ctx, "valgrind", words...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("valgrind: %w\n%s", err, out)
	}
	found := collected.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("valgrind said nothing of instructions:\n%s", out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// variant is one build with its arguments.
type variant struct {
	program string
	args    []string
}

// nanoseconds of a read for each variant, in rounds. What counts is the best of all: everything else on the machine
// only adds to it.
func nanoseconds(ctx context.Context, n int, variants []variant) ([]float64, error) {
	best := make([]float64, len(variants))
	sides := make([]rounds.Side, len(variants))
	for i, v := range variants {
		sides[i] = rounds.Side{Name: v.program, Run: func() error {
			took, err := timed(ctx, v)
			if err == nil && (best[i] == 0 || took < best[i]) {
				best[i] = took
			}
			return err
		}}
	}
	_, err := rounds.Run(n, sides...)
	return best, err
}

func timed(ctx context.Context, v variant) (float64, error) {
	cmd := exec.CommandContext(ctx, v.program, append(v.args, "-fills", "4000", "-repeat", "8")...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	var out, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failure
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("workload: %w\n%s", err, failure.String())
	}
	return strconv.ParseFloat(strings.TrimSpace(out.String()), 64)
}
