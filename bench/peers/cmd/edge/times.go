package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func spread(a, b []rounds.Sample, of func(rounds.Sample) time.Duration) string {
	at := func(q float64) float64 { return rounds.Ratio(a, b, of, q) }
	return fmt.Sprintf("%.2f (%.2f to %.2f)", at(0.5), at(0), at(1))
}

// show prints quantiles of durations.
func show(what string, took []float64) {
	at := func(q float64) time.Duration { return time.Duration(rounds.Quantile(took, q)).Round(time.Microsecond) }
	fmt.Printf("%s: p50 %v, p99 %v, of %d\n", what, at(0.5), at(0.99), len(took))
}

// firstByte prints how long after the first row's arrival in this process a client receives the first byte of the
// response.
func firstByte(ctx context.Context, dsn string) error {
	const requests = 2000
	p := place{"PostgreSQL", dsn, 120, workload.Rows(workload.Postgres, 1, 120)}
	arrived := make(chan time.Time, 1)
	observed := way{"NDJSON", ours(func(pl queryer, sql string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			s, err := pl.Query(r.Context(), sql)
			if err != nil {
				arrived <- time.Time{}
				return
			}
			s.Peek()
			arrived <- time.Now()
			_ = httpstream.Serve(w, r, s, httpstream.Options{Format: httpstream.NDJSON}) // the client detects a failure
		}
	})}
	addr, stop, err := observed.serve(ctx, p)
	if err != nil {
		return err
	}
	defer stop()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // the measurement is complete
	answers := bufio.NewReader(c)
	var took []float64
	for range requests {
		if err := ask(c, "keep-alive"); err != nil {
			return err
		}
		if _, err := answers.Peek(1); err != nil {
			return err
		}
		took = append(took, float64(time.Since(<-arrived)))
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return err
		}
		if err := answer.Write(discard{}); err != nil {
			return err
		}
	}
	show("first byte at the client after the first row has arrived from PostgreSQL", took)
	return nil
}

type queryer interface {
	Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error)
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// clientGone prints how long after a client has closed its connection its query ends on the server.
func clientGone(ctx context.Context, dsn string) error {
	const clients = 100
	const mark = "/* somebody has left */"
	sql := workload.Rows(workload.Postgres, 1_000_000_000, 120).SQL + " " + mark
	addr, stop, err := ways()[1].serve(ctx, place{"PostgreSQL", dsn, 120, workload.Query{SQL: sql}})
	if err != nil {
		return err
	}
	defer stop()
	observer, err := conn.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer observer.Close(ctx) //nolint:errcheck // the measurement is complete
	running := func() (bool, error) {
		s, err := observer.Query(ctx, "SELECT to_json(count(*)) AS data FROM pg_stat_activity WHERE state = 'active'"+
			" AND query LIKE '%"+strings.ReplaceAll(mark, " ", "_")+"' AND pid <> pg_backend_pid()")
		if err != nil {
			return false, err
		}
		n, err := stream.Collect[int](s)
		return err == nil && n[0] > 0, err
	}
	var took []float64
	for range clients {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		if err := ask(c, "close"); err != nil {
			return err
		}
		if _, err := c.Read(make([]byte, 4096)); err != nil {
			return err
		}
		_ = c.Close()
		began := time.Now()
		for on := true; on; {
			if on, err = running(); err != nil {
				return err
			}
		}
		took = append(took, float64(time.Since(began)))
	}
	show("end of the query in PostgreSQL after its client has disconnected", took)
	return nil
}

// slowReaders prints the cost of clients that have read the beginning of their response and then stopped.
func slowReaders(ctx context.Context, p place) error {
	const readers = 500
	for _, w := range ways()[1:] {
		addr, stop, err := w.serve(ctx, p)
		if err != nil {
			return err
		}
		before := resident()
		clients := make([]net.Conn, 0, readers)
		for range readers {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				return err
			}
			clients = append(clients, c)
			if err := ask(c, "close"); err != nil {
				return err
			}
			if _, err := c.Read(make([]byte, 512)); err != nil {
				return err
			}
		}
		time.Sleep(time.Second) // until the socket buffers are full
		fmt.Printf("%-8s %d stopped readers of rows of %s: %.0f KiB each\n", w.name, readers, p.name, (resident()-before)/readers/1024)
		for _, c := range clients {
			_ = c.Close()
		}
		stop()
	}
	return nil
}

// resident returns the memory of this process in bytes, after a garbage collection.
func resident() float64 {
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages int
	if _, err := fmt.Sscan(string(status), &size, &pages); err != nil {
		return 0
	}
	return float64(pages * os.Getpagesize())
}
