package contestant_test

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// reconnecting is how many connections a pool opens again.
const reconnecting = 50

// BenchmarkReconnect replaces 50 connections at once, as after a failover, by pool.Pool and by pgxpool in turn, on the
// server of DATABASE_URL, which asks for the password by SCRAM. It reports the processor time of this process for all
// 50, including closing the old ones, and the ratio within the rounds.
func BenchmarkReconnect(b *testing.B) {
	dsn := os.Getenv("DATABASE_URL")
	if dsn == "" {
		b.Skip("DATABASE_URL is not set: go run ./integration/withpg sets it")
	}
	samples, err := rounds.Run(b.N, ourReconnect(b, dsn), theirReconnect(b, dsn))
	if err != nil {
		b.Fatal(err)
	}
	ours, theirs := samples[0], samples[1]
	b.ReportMetric(float64(rounds.Median(ours, rounds.CPU).Microseconds()), "fraiseql-cpu-us")
	b.ReportMetric(float64(rounds.Median(theirs, rounds.CPU).Microseconds()), "pgxpool-cpu-us")
	b.ReportMetric(rounds.Ratio(ours, theirs, rounds.CPU, 0.5), "ratio")
	b.ReportMetric(rounds.Ratio(ours, theirs, rounds.CPU, 0), "least")
	b.ReportMetric(rounds.Ratio(ours, theirs, rounds.CPU, 1), "greatest")
}

// allAtOnce acquires connections in separate goroutines, and releases them when all have been acquired.
func allAtOnce(acquire func() (release func(), err error)) error {
	var (
		all, back sync.WaitGroup
		errs      = make(chan error, reconnecting)
		there     = make(chan struct{})
	)
	all.Add(reconnecting)
	for range reconnecting {
		back.Go(func() {
			release, err := acquire()
			all.Done()
			if err != nil {
				errs <- err
				return
			}
			<-there
			release()
		})
	}
	all.Wait()
	close(there)
	back.Wait()
	close(errs)
	return <-errs // nil if there is none
}

func ourReconnect(b *testing.B, dsn string) rounds.Side {
	cfg, err := pool.ParseConfig(dsn)
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns, cfg.Conn.RequireAuth = reconnecting, []string{"scram-sha-256"}
	p, err := pool.New(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = p.Close(context.Background()) })
	return rounds.Side{Name: "fraiseql", Run: func() error {
		p.Reset()
		return allAtOnce(func() (func(), error) {
			c, err := p.Acquire(b.Context())
			if err != nil {
				return nil, err
			}
			return c.Release, nil
		})
	}}
}

func theirReconnect(b *testing.B, dsn string) rounds.Side {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns = reconnecting
	p, err := pgxpool.NewWithConfig(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.Close)
	return rounds.Side{Name: "pgxpool", Run: func() error {
		p.Reset()
		return allAtOnce(func() (func(), error) {
			c, err := p.Acquire(b.Context())
			if err != nil {
				return nil, err
			}
			return c.Release, nil
		})
	}}
}
