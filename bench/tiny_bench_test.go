package bench

import (
	"fmt"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// BenchmarkTinyQuery measures queries of one row, one after the other on one connection: the round trip, and the fixed
// cost of a query.
func BenchmarkTinyQuery(b *testing.B) {
	for _, via := range []served.Via{served.Unix, served.TCP, served.TLS} {
		for _, mode := range []string{"pull", "always", "auto"} {
			b.Run(fmt.Sprintf("rows=1/size=120/via=%s/mode=%s", via, mode), func(b *testing.B) {
				whole(b, serve(b, via), synthetic(1, 120), 1, nil, stream.WithReadAhead(modes[mode]))
			})
		}
	}
}

// BenchmarkTinyPostgres does the same on the server of DATABASE_URL.
func BenchmarkTinyPostgres(b *testing.B) {
	cfg := database(b)
	b.Run(fmt.Sprintf("rows=1/size=8/via=%s/mode=auto", way(cfg)), func(b *testing.B) {
		whole(b, cfg, `SELECT '{"id":1}'::json AS data`, 1, nil)
	})
}

// BenchmarkEarlyClose measures closing a stream after a hundred rows of an endless result: the cancel and the drain,
// until the connection is ready for the next query.
func BenchmarkEarlyClose(b *testing.B) {
	for _, via := range []served.Via{served.Unix, served.TCP, served.TLS} {
		b.Run(fmt.Sprintf("rows=100/size=120/via=%s/mode=auto", via), func(b *testing.B) {
			closeEarly(b, serve(b, via), workload.Rows(workload.Synthetic, workload.Endless, 120).SQL)
		})
	}
}

// BenchmarkEarlyClosePostgres does the same on the server of DATABASE_URL.
func BenchmarkEarlyClosePostgres(b *testing.B) {
	cfg := database(b)
	b.Run(fmt.Sprintf("rows=100/size=100/via=%s/mode=auto", way(cfg)), func(b *testing.B) {
		closeEarly(b, cfg, documents("json", 100_000_000, 100))
	})
}

func closeEarly(b *testing.B, cfg *conn.Config, sql string) {
	c := connect(b, cfg)
	b.ReportAllocs()
	for b.Loop() {
		s, err := c.Query(b.Context(), sql)
		if err != nil {
			b.Fatal(err)
		}
		for range 100 {
			if !s.Next() {
				b.Fatal(s.Err())
			}
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	if state := c.State(); state != conn.Idle {
		b.Fatalf("the connection is %v", state)
	}
}
