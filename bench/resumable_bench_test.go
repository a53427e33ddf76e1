package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/query"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// substitute runs a fixed statement in place of every other.
type substitute struct {
	c   *conn.Conn
	sql string
}

func (s substitute) QueryArgs(ctx context.Context, _ string, _ []any, opts ...stream.Option) (*stream.Stream, error) {
	return s.c.Query(ctx, s.sql, opts...)
}

// BenchmarkResumable reads the same rows from a plain stream and from one that survives a lost connection: the
// difference is the cost of being able to resume.
func BenchmarkResumable(b *testing.B) {
	q := query.From("v_user").OrderBy(query.Field("id").As(query.Numeric).Asc())
	const rows = 100_000
	for _, size := range []int{120, 1 << 10} {
		sources := map[string]func() (*conn.Config, string){
			"synthetic": func() (*conn.Config, string) { return serve(b, served.Unix), synthetic(rows, size) },
			"postgres": func() (*conn.Config, string) {
				return database(b), fmt.Sprintf("SELECT jsonb_build_object('id', g, 'filler', repeat('x', %d)) AS data "+
					"FROM generate_series(1, %d) g", size-30, rows)
			},
		}
		for name, source := range sources {
			b.Run(fmt.Sprintf("rows=%d/size=%d/server=%s", rows, size, name), func(b *testing.B) {
				cfg, sql := source()
				r := substitute{connect(b, cfg), sql}
				b.Run("plain", func(b *testing.B) {
					each(b, rows, func() iter.Seq2[json.RawMessage, error] {
						s, err := r.c.Query(b.Context(), sql)
						if err != nil {
							b.Fatal(err)
						}
						return s.All()
					})
				})
				b.Run("resumable", func(b *testing.B) {
					each(b, rows, func() iter.Seq2[json.RawMessage, error] { return q.Resumable(b.Context(), r) })
				})
			})
		}
	}
}

// each reads a result to its end, again and again.
func each(b *testing.B, rows int, result func() iter.Seq2[json.RawMessage, error]) {
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range result() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != rows {
			b.Fatalf("%d rows, want %d", n, rows)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
}
