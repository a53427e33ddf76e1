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

// BenchmarkPools compares pool.Pool with pgxpool on the server of DATABASE_URL, each with prepared statements and
// without: queries of one row by one goroutine, and by 64 that share eight connections. The pools take turns, and each
// round begins with a different one. It reports the median time of a query, or of each worker's round, and the ratio to
// the comparable pgxpool: exec is pgxpool without prepared statements, which sends the same messages as this library
// does without them.
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
	sides := []struct {
		name  string
		ask   askPool
		rival int // index of the side to compare it with
	}{
		{"fraiseql", ourPool(b, dsn, 0), 1},
		{"pgxpool-exec", pgxPool(b, dsn, pgx.QueryExecModeExec), 1},
		{"fraiseql-prepared", ourPool(b, dsn, 1), 3},
		{"pgxpool", pgxPool(b, dsn, 0), 3},
	}
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
	for _, side := range sides {
		round(side.ask) // connects
	}
	took := make([][]time.Duration, len(sides))
	for n := 0; b.Loop(); n++ {
		for i := range sides {
			i = (i + n) % len(sides)
			took[i] = append(took[i], round(sides[i].ask))
		}
	}
	p50 := make([]float64, len(sides))
	for i, all := range took {
		slices.Sort(all)
		p50[i] = float64(all[len(all)/2])
	}
	for i, side := range sides {
		b.ReportMetric(p50[i]/1e3, side.name+"-us")
		if side.rival != i {
			b.ReportMetric(p50[i]/p50[side.rival], side.name+"/"+sides[side.rival].name)
		}
	}
}

const sharedConns = 8

// ourPool runs statements that are prepared at the given run; 0: never.
func ourPool(b *testing.B, dsn string, prepareThreshold int) askPool {
	cfg, err := pool.ParseConfig(dsn)
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns, cfg.MaxStreams = sharedConns, sharedConns
	cfg.Conn.PrepareThreshold = prepareThreshold
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

// pgxPool runs queries in the given mode; 0 is pgx's default.
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
