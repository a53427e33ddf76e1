package bench

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// BenchmarkDecode measures Decode of every row, with encoding/json and with a parser that does nothing: the difference
// is the parser's cost, the rest ours.
func BenchmarkDecode(b *testing.B) {
	parsers := []struct {
		name string
		opts []stream.Option
	}{
		{"encoding-json", nil},
		{"none", []stream.Option{stream.WithUnmarshal(func([]byte, any) error { return nil })}},
	}
	const rows = 10_000
	for _, size := range []int{120, 1 << 10} {
		for _, parser := range parsers {
			b.Run(fmt.Sprintf("rows=%d/size=%d/via=unix/parser=%s", rows, size, parser.name), func(b *testing.B) {
				c := connect(b, serve(b, served.Unix))
				b.ReportAllocs()
				b.SetBytes(int64(rows * size))
				for b.Loop() {
					s, err := c.Query(b.Context(), synthetic(rows, size), parser.opts...)
					if err != nil {
						b.Fatal(err)
					}
					var v workload.User
					for s.Next() {
						if err := s.Decode(&v); err != nil {
							b.Fatal(err)
						}
					}
					if err := s.Err(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
			})
		}
	}
}

// BenchmarkWriteTo measures writing a whole result as NDJSON into a writer that costs nothing.
func BenchmarkWriteTo(b *testing.B) {
	for _, size := range []int{120, 1 << 10, 10 << 10} {
		rows := min(100_000, 16<<20/size)
		b.Run(fmt.Sprintf("rows=%d/size=%d/via=unix/mode=auto", rows, size), func(b *testing.B) {
			c := connect(b, serve(b, served.Unix))
			want := int64(rows * (size + 1))
			b.ReportAllocs()
			b.SetBytes(want)
			for b.Loop() {
				s, err := c.Query(b.Context(), synthetic(rows, size))
				if err != nil {
					b.Fatal(err)
				}
				if n, err := s.WriteTo(io.Discard); n != want || err != nil {
					b.Fatalf("%d bytes, want %d: %v", n, want, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
	}
}

// BenchmarkStreams measures many queries at a time, each on its own connection: an op is one result of each of them.
func BenchmarkStreams(b *testing.B) {
	const rows, size = 1000, 1 << 10
	for _, streams := range []int{1, 10, 100, 500} {
		for _, mode := range []string{"pull", "auto"} {
			b.Run(fmt.Sprintf("streams=%d/rows=%d/size=%d/via=unix/mode=%s", streams, rows, size, mode),
				func(b *testing.B) {
					cfg := serve(b, served.Unix)
					conns := make([]*conn.Conn, streams)
					for i := range conns {
						conns[i] = connect(b, cfg)
					}
					b.ReportAllocs()
					b.SetBytes(int64(streams * rows * size))
					for b.Loop() {
						together(b, conns, rows, size, stream.WithReadAhead(modes[mode]))
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows*streams), "ns/row")
				})
		}
	}
}

func together(b *testing.B, conns []*conn.Conn, rows, size int, opts ...stream.Option) {
	var all sync.WaitGroup
	for _, c := range conns {
		all.Go(func() {
			n, err := count(b.Context(), c, synthetic(rows, size), opts...)
			if n != rows || err != nil {
				b.Errorf("%d rows, want %d: %v", n, rows, err)
			}
		})
	}
	all.Wait()
}

func count(ctx context.Context, c *conn.Conn, sql string, opts ...stream.Option) (n int, err error) {
	s, err := c.Query(ctx, sql, opts...)
	if err != nil {
		return 0, err
	}
	for s.Next() {
		n++
	}
	return n, s.Err()
}
