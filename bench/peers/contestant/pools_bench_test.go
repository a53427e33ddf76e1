package contestant_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// askPool runs one query of one row on a pool.
type askPool func(ctx context.Context, sql string) error

// BenchmarkPools compares pool.Pool with pgxpool, as it comes and without prepared statements, on the server of
// DATABASE_URL: queries of one row by one goroutine, and by 64 that share eight connections. The pools take turns, and
// each round begins with another of them. What is told is the median time of a query, or of the round of each worker,
// and the ratio to pgxpool without prepared statements, which asks with the same messages as this library.
func BenchmarkPools(b *testing.B) {
	dsn := os.Getenv("DATABASE_URL")
	if dsn == "" {
		b.Skip("DATABASE_URL is not set: go run ./integration/withpg sets it")
	}
	for _, workers := range []int{1, 64} {
		b.Run("conns=8/workers="+strconv.Itoa(workers), func(b *testing.B) { takeTurns(b, dsn, workers) })
	}
}

func takeTurns(b *testing.B, dsn string, workers int) {
	const each = 20 // queries of a worker in a round
	sql := workload.Tiny(workload.Postgres).SQL
	names := []string{"fraiseql", "pgxpool", "pgxpool-exec"}
	pools := []askPool{ourPool(b, dsn), pgxPool(b, dsn, 0), pgxPool(b, dsn, pgx.QueryExecModeExec)}
	round := func(ask askPool) time.Duration {
		began := time.Now()
		var all sync.WaitGroup
		for range workers {
			all.Go(func() {
				for range each {
					if err := ask(b.Context(), sql); err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		return time.Since(began) / each
	}
	for _, ask := range pools {
		round(ask) // connects
	}
	took := make([][]time.Duration, len(pools))
	for n := 0; b.Loop(); n++ {
		for i := range pools {
			i = (i + n) % len(pools)
			took[i] = append(took[i], round(pools[i]))
		}
	}
	p50 := make([]float64, len(pools))
	for i, all := range took {
		slices.Sort(all)
		p50[i] = float64(all[len(all)/2])
	}
	for i, name := range names {
		b.ReportMetric(p50[i]/1e3, name+"-us")
		b.ReportMetric(p50[i]/p50[len(p50)-1], name+"/exec")
	}
}

const sharedConns = 8

func ourPool(b *testing.B, dsn string) askPool {
	cfg, err := pool.ParseConfig(dsn)
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns, cfg.MaxStreams = sharedConns, sharedConns
	p, err := pool.New(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = p.Close(context.Background()) })
	return func(ctx context.Context, sql string) error {
		s, err := p.Query(ctx, sql)
		if err != nil {
			return err
		}
		for s.Next() {
		}
		return s.Err()
	}
}

// pgxPool asks in a mode; 0 is pgx's default.
func pgxPool(b *testing.B, dsn string, mode pgx.QueryExecMode) askPool {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns = sharedConns
	if mode != 0 {
		cfg.ConnConfig.DefaultQueryExecMode = mode
	}
	p, err := pgxpool.NewWithConfig(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(p.Close)
	return func(ctx context.Context, sql string) error {
		rows, err := p.Query(ctx, sql)
		if err != nil {
			return err
		}
		for rows.Next() {
			_ = rows.RawValues()
		}
		return rows.Err()
	}
}
