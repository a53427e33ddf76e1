// Contest runs one contestant through one measurement, in this process, and prints the figures as JSON. cmd/compare
// starts it repeatedly; run it by hand to profile a contestant.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/contestant"
	"github.com/fraiseql/fraiseql-wire-go/bench/peers/measure"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "contest:", err)
		os.Exit(1)
	}
}

func run() error {
	var s measure.Setup
	name := flag.String("contestant", "bare", "contestant to run")
	kind := flag.String("kind", "rows", "rows, first, tiny, stop or streams")
	target := flag.String("target", "postgres", "postgres or synthetic")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file")
	list := flag.Bool("list", false, "list the contestants and exit")
	timeout := flag.Duration("timeout", 5*time.Minute, "time limit for the run")
	flag.StringVar(&s.DSN, "dsn", "", "connection string; default DATABASE_URL")
	flag.IntVar(&s.Size, "size", 120, "bytes of a document")
	flag.Int64Var(&s.Rows, "rows", 1_000_000, "rows of a query")
	flag.IntVar(&s.Repeat, "repeat", 1, "number of queries; for streams, of concurrent streams")
	flag.Parse()
	if *list {
		for _, c := range contestant.All() {
			fmt.Printf("%-22s %s\n", c.Name, c.About)
		}
		return nil
	}
	s.DSN = cmp.Or(s.DSN, os.Getenv("DATABASE_URL"))
	s.Target = workload.Target(*target)
	var err error
	if s.Contestant, err = contestant.ByName(*name); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	stop, err := startProfile(*profile)
	if err != nil {
		return err
	}
	figures, err := measure.Run(ctx, measure.Kind(*kind), s)
	stop()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(measure.Sample{About: s.Contestant.About, Figures: figures})
}

// startProfile does nothing without a file. stop ends it.
func startProfile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "contest: the profile:", err)
		}
	}, pprof.StartCPUProfile(f)
}
