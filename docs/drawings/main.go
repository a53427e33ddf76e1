// Command drawings measures how the ring and the chunk size of a stream behave under different consumers, and draws
// them:
//
//	cd docs/drawings && DATABASE_URL=... go run .
//
// It writes fast.svg, slow.svg and bursty.svg to the current folder. Without DATABASE_URL it reads from a synthetic
// server in another process. It is a separate module, so that no other module depends on the plotting library.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/conn"
)

// consumer has the work that a program does for each row, which depends on the time since the stream's start.
type consumer struct {
	name  string
	title string
	work  func(at time.Duration)
}

func main() {
	served.ServeIfChild()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "drawings:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	cfg, sql, where, stop, err := server()
	if err != nil {
		return err
	}
	defer stop()
	steps := rounds.StepsFor(20 * time.Microsecond)
	for _, k := range []consumer{
		{"fast", "A fast consumer", func(time.Duration) {}},
		{"slow", "A slow consumer: 20 µs of work a row", func(time.Duration) { rounds.Spin(steps) }},
		{"bursty", "A bursty consumer: 20 µs of work a row, every other 250 ms", func(at time.Duration) {
			if at/(250*time.Millisecond)%2 == 1 {
				rounds.Spin(steps)
			}
		}},
	} {
		c, err := conn.ConnectConfig(ctx, cfg)
		if err != nil {
			return err
		}
		trace, err := record(ctx, c, sql, k)
		_ = c.Close(ctx)
		if err != nil {
			return err
		}
		if err := draw(k.name+".svg", k.title, "seconds, "+where, trace); err != nil {
			return err
		}
	}
	return nil
}

// server returns the server of DATABASE_URL, or a synthetic one.
func server() (cfg *conn.Config, sql, where string, stop func(), err error) {
	if dsn := os.Getenv("DATABASE_URL"); dsn != "" {
		cfg, err = conn.ParseConfig(dsn)
		sql = `SELECT json_build_object('id', i, 'name', 'a name of somebody') AS data
			FROM (SELECT generate_series(1, 1000000000) AS i) AS n`
		return cfg, sql, "PostgreSQL", func() {}, err
	}
	s, err := served.Child(served.Unix)
	if err != nil {
		return nil, "", "", nil, err
	}
	return s.Config(), workload.Rows(workload.Synthetic, workload.Endless, 120).SQL, "synthetic server", s.Close, nil
}
