//go:build linux

// Bigrow compares the cost of one very large row for this library, its command, and psql, each in a separate process,
// in turn. The target is a peak of 1.25 times the row plus 16 MB, and no more wall time than psql.
//
//	go run ./integration/withpg -versions 15 -- go run ./bench/bigrow -rounds 5
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/conn"
)

func main() {
	log.SetFlags(0)
	n := flag.Int("rounds", 5, "rounds")
	size := flag.Int("size", 200_000_000, "bytes of the row")
	child := flag.Bool("child", false, "read the row and exit: this is the library's side")
	flag.Parse()
	dsn := os.Getenv("DATABASE_URL")
	if dsn == "" {
		log.Fatal("DATABASE_URL names no server")
	}
	run := compare
	if *child {
		run = func(dsn, sql string, _, size int) error { return read(dsn, sql, size) }
	}
	if err := run(dsn, fmt.Sprintf("SELECT to_json(repeat('x', %d)) AS data", *size-2), *n, *size); err != nil {
		log.Fatal(err)
	}
}

// read does what a program does that only looks at the row.
func read(dsn, sql string, size int) error {
	ctx := context.Background()
	c, err := conn.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // the process exits
	s, err := c.Query(ctx, sql)
	if err != nil {
		return err
	}
	for s.Next() {
		if len(s.Row()) != size {
			return fmt.Errorf("a row of %d bytes, want %d", len(s.Row()), size)
		}
	}
	return s.Err()
}

// side is one of the programs compared.
type side struct {
	name    string
	args    []string
	samples []sample
}

// sample is the usage of one process, from its start to its end.
type sample struct{ wall, cpu, peak float64 } // seconds, seconds, bytes

func compare(dsn, sql string, n, size int) error {
	sides, done, err := build(dsn, sql, size)
	if err != nil {
		return err
	}
	defer done()
	for round := range n + 1 {
		for k := range sides {
			s := &sides[(k+round)%len(sides)]
			taken, err := s.run()
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			if round > 0 { // the first one warms up
				s.samples = append(s.samples, taken)
			}
		}
	}
	report(sides, n, size)
	return nil
}

func build(dsn, sql string, size int) (sides []side, done func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "bigrow")
	if err != nil {
		return nil, nil, err
	}
	command := filepath.Join(dir, "fraiseql-wire")
	if out, err := exec.Command("go", "build", "-o", command, "./cmd/fraiseql-wire").CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("%w: %s", err, out)
	}
	return []side{
		{name: "psql", args: []string{"psql", "-X", "-q", "-A", "-t", "-d", dsn, "-c", sql}},
		{name: "Next", args: []string{self, "-child", fmt.Sprintf("-size=%d", size)}},
		{name: "fraiseql-wire stream", args: []string{command, "stream", "--dsn", dsn, sql}},
	}, func() { _ = os.RemoveAll(dir) }, nil
}

// run runs the program and discards its output. The kernel's figure for the peak of a process includes what its parent
// held when it was started: this program holds far less than the row.
func (s *side) run() (sample, error) {
	cmd := exec.Command(s.args[0], s.args[1:]...)
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return sample{}, err
	}
	wall := time.Since(began)
	state := cmd.ProcessState
	peak := state.SysUsage().(*syscall.Rusage).Maxrss * 1024
	return sample{wall.Seconds(), (state.UserTime() + state.SystemTime()).Seconds(), float64(peak)}, nil
}

// report prints medians; the ratios are medians of the ratios within a round.
func report(sides []side, n, size int) {
	mark := 1.25*float64(size) + 16e6
	fmt.Printf("One row of %d bytes, %d rounds. The target is a peak of %.0f MB.\n\n", size, n, mark/1e6)
	fmt.Println("| program | wall | to psql | CPU | to psql | peak | of the row |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	wall := func(s sample) float64 { return s.wall }
	cpu := func(s sample) float64 { return s.cpu }
	peak := func(s sample) float64 { return s.peak }
	for _, s := range sides {
		p := median(s.samples, peak)
		fmt.Printf("| %s | %.2f s | %.2f | %.2f s | %.2f | %.0f MB | %.2f |\n", s.name,
			median(s.samples, wall), ratio(s.samples, sides[0].samples, wall),
			median(s.samples, cpu), ratio(s.samples, sides[0].samples, cpu), p/1e6, p/float64(size))
	}
}

func median(all []sample, of func(sample) float64) float64 {
	values := make([]float64, len(all))
	for i, s := range all {
		values[i] = of(s)
	}
	return rounds.Quantile(values, 0.5)
}

func ratio(a, b []sample, of func(sample) float64) float64 {
	values := make([]float64, len(a))
	for i := range a {
		values[i] = of(a[i]) / of(b[i])
	}
	return rounds.Quantile(values, 0.5)
}
