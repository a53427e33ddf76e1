package contestant_test

import (
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// askPool runs one query of one row on a pool.
type askPool func(ctx context.Context, sql string) error

// BenchmarkPools compares pool.Pool with pgxpool on the server of DATABASE_URL, each with prepared statements and
// without: queries of one row by one goroutine, and by 64 that share eight connections. It reports for each pool the
// time from one query of a worker to the next and this process's processor time of a query, medians of the rounds, and
// the ratios of both to the comparable pgxpool within the rounds: exec is pgxpool without prepared statements, which
// sends the same messages as this library does without them.
func BenchmarkPools(b *testing.B) {
	dsn := os.Getenv("DATABASE_URL")
	if dsn == "" {
		b.Skip("DATABASE_URL is not set: go run ./integration/withpg sets it")
	}
	for _, workers := range []int{1, 64} {
		b.Run("conns=8/workers="+strconv.Itoa(workers), func(b *testing.B) { comparePools(b, dsn, workers) })
	}
}

// queriesEach is how many queries a worker makes in a round.
const queriesEach = 50

func comparePools(b *testing.B, dsn string, workers int) {
	sides := []rounds.Side{
		pooled(b, "fraiseql", workers, ourPool(b, dsn, 0)),
		pooled(b, "pgxpool-exec", workers, pgxPool(b, dsn, pgx.QueryExecModeExec)),
		pooled(b, "fraiseql-prepared", workers, ourPool(b, dsn, 1)),
		pooled(b, "pgxpool", workers, pgxPool(b, dsn, 0)),
	}
	samples, err := rounds.Run(b.N, sides...)
	if err != nil {
		b.Fatal(err)
	}
	for i, side := range sides {
		wall, cpu := rounds.Median(samples[i], rounds.Wall), rounds.Median(samples[i], rounds.CPU)
		b.ReportMetric(float64(wall)/1e3/queriesEach, side.Name+"-us")
		b.ReportMetric(float64(cpu)/1e3/float64(workers*queriesEach), side.Name+"-cpu-us")
	}
	for i := 0; i < len(sides); i += 2 { // ours, and its rival
		name := sides[i].Name + "/" + sides[i+1].Name
		b.ReportMetric(rounds.Ratio(samples[i], samples[i+1], rounds.Wall, 0.5), name)
		b.ReportMetric(rounds.Ratio(samples[i], samples[i+1], rounds.CPU, 0.5), name+"-cpu")
	}
}

// pooled makes a side whose workers run queries at the same time.
func pooled(b *testing.B, name string, workers int, ask askPool) rounds.Side {
	sql := workload.Tiny(workload.Postgres).SQL
	return rounds.Side{Name: name, Run: func() error {
		var all errgroup.Group
		for range workers {
			all.Go(func() error {
				for range queriesEach {
					if err := ask(b.Context(), sql); err != nil {
						return err
					}
				}
				return nil
			})
		}
		return all.Wait()
	}}
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
