package bench

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// querier is a connection, or a pool.
type querier interface {
	Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error)
}

// BenchmarkPoolQuery measures a query of one row by a connection and by a pool in turn, so that both run under the same
// conditions. It reports the medians of both, and their ratio.
func BenchmarkPoolQuery(b *testing.B) {
	for _, via := range []served.Via{served.Unix, served.TCP, served.TLS} {
		b.Run(fmt.Sprintf("rows=1/size=120/via=%s", via), func(b *testing.B) {
			besidePool(b, serve(b, via), synthetic(1, 120))
		})
	}
}

// BenchmarkPoolQueryPostgres does the same on the server of DATABASE_URL.
func BenchmarkPoolQueryPostgres(b *testing.B) {
	cfg := database(b)
	b.Run(fmt.Sprintf("rows=1/size=8/via=%s", way(cfg)), func(b *testing.B) {
		besidePool(b, cfg, `SELECT '{"id":1}'::json AS data`)
	})
}

func besidePool(b *testing.B, cfg *conn.Config, sql string) {
	p, err := pool.New(b.Context(), &pool.Config{Conn: cfg, MaxConns: 1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = p.Close(context.Background()) })
	contestants := [2]querier{connect(b, cfg), p}
	var took [2][]time.Duration
	for n := 0; b.Loop(); n++ {
		for i := range contestants {
			i = (i + n) % 2 // each comes first equally often
			began := time.Now()
			oneRow(b, contestants[i], sql)
			took[i] = append(took[i], time.Since(began))
		}
	}
	direct, pooled := median(took[0]), median(took[1])
	b.ReportMetric(float64(direct), "conn-p50-ns")
	b.ReportMetric(float64(pooled), "pool-p50-ns")
	b.ReportMetric(float64(pooled)/float64(direct), "pool/conn")
}

func oneRow(b *testing.B, q querier, sql string) {
	s, err := q.Query(b.Context(), sql)
	if err != nil {
		b.Fatal(err)
	}
	for s.Next() {
	}
	if st := s.Stats(); s.Err() != nil || st.TotalRowsYielded != 1 {
		b.Fatalf("%d rows, %v", st.TotalRowsYielded, s.Err())
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
