// Command workload is what the program above it counts: a stream over rows that lie in memory, read through the real
// scanner a fixed number of bytes at a time. There is no server and no system call, so that two runs of one build do
// the same; what the library does for a row and for a read is all that there is.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func main() {
	fills := flag.Int("fills", 20_000, "reads of one run")
	repeat := flag.Int("repeat", 1, "runs; the best counts")
	rows := flag.Int("rows", 61, "rows of a read")
	size := flag.Int("size", 122, "bytes of a row")
	memory := flag.Int("memory", 0, "WithMaxMemory")
	stats := flag.Int("stats", 0, "calls of Stats for each read")
	observe := flag.Int("observe", 0, "observations of a chunking.Sizer for each read")
	flag.Parse()
	best := time.Duration(0)
	for range *repeat {
		took, err := run(newSource(*rows, *size, *fills), *fills, *stats, *observe, stream.WithMaxMemory(*memory))
		if err != nil {
			fmt.Fprintln(os.Stderr, "workload:", err)
			os.Exit(1)
		}
		if best == 0 || took < best {
			best = took
		}
	}
	fmt.Printf("%.2f\n", float64(best.Nanoseconds())/float64(*fills)) // nanoseconds a read
}

func run(src *source, fills, stats, observe int, opts ...stream.Option) (time.Duration, error) {
	set, err := stream.Configure(append(opts, stream.WithReadAhead(stream.ReadAheadNever))...)
	if err != nil {
		return 0, err
	}
	sizer := chunking.New(chunking.Config{})
	began := time.Now()
	s, _ := stream.New(context.Background(), src, set, feed.Env{Logger: slog.New(slog.DiscardHandler), Start: began})
	for range fills {
		for range src.perRead {
			if !s.Next() {
				return 0, fmt.Errorf("the stream ended early: %w", s.Err())
			}
		}
		for range stats {
			if s.Stats().TotalRowsYielded == 0 {
				return 0, fmt.Errorf("no rows counted")
			}
		}
		for range observe {
			sizer.Observe(src.perRead, 1024)
		}
	}
	if s.Next() || s.Err() != nil {
		return 0, fmt.Errorf("the stream did not end: %w", s.Err())
	}
	return time.Since(began), nil
}
