package bench

import (
	"fmt"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/bench/rounds"
	"github.com/fraiseql/fraiseql-wire-go/bench/served"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// BenchmarkSynthetic measures a whole query from a server at full speed in this process: an op is one result. Both
// sides share the processors.
func BenchmarkSynthetic(b *testing.B) {
	for _, size := range []int{120, 1 << 10, 10 << 10, 100 << 10, 1 << 20} {
		for _, via := range []served.Via{served.Unix, served.TCP, served.TLS} {
			rows := max(8, min(100_000, 16<<20/size))
			for _, mode := range []string{"pull", "always", "auto"} {
				b.Run(fmt.Sprintf("rows=%d/size=%d/via=%s/mode=%s", rows, size, via, mode), func(b *testing.B) {
					whole(b, serve(b, via), synthetic(rows, size), rows, nil, stream.WithReadAhead(modes[mode]))
				})
			}
		}
	}
}

// BenchmarkSlowConsumer does the same with work on each row, about as much as reading it costs, and three times that.
func BenchmarkSlowConsumer(b *testing.B) {
	const rows, size = 20_000, 1 << 10
	for _, work := range []int{300, 1000} { // nanoseconds
		steps := max(1, stepsPerMicrosecond*work/1000)
		for _, mode := range []string{"pull", "always", "auto"} {
			name := fmt.Sprintf("rows=%d/size=%d/via=unix/mode=%s/work=%dns", rows, size, mode, work)
			b.Run(name, func(b *testing.B) {
				whole(b, serve(b, served.Unix), synthetic(rows, size), rows,
					func([]byte) { rounds.Spin(steps) }, stream.WithReadAhead(modes[mode]))
			})
		}
	}
}

// BenchmarkPostgres measures a whole query from the server of DATABASE_URL, which generates the documents as it sends
// them.
func BenchmarkPostgres(b *testing.B) {
	cfg := database(b)
	for _, size := range []int{100, 1 << 10, 10 << 10, 100 << 10, 1 << 20} {
		for _, typ := range []string{"json", "jsonb"} {
			rows := max(8, min(50_000, 16<<20/size))
			for _, mode := range []string{"pull", "always", "auto"} {
				b.Run(fmt.Sprintf("rows=%d/size=%d/via=%s/type=%s/mode=%s", rows, size, way(cfg), typ, mode),
					func(b *testing.B) {
						whole(b, cfg, documents(typ, rows, size), rows, nil, stream.WithReadAhead(modes[mode]))
					})
			}
		}
	}
}

// whole measures one query, from Query to the end of its result.
func whole(b *testing.B, cfg *conn.Config, sql string, rows int, work func([]byte), opts ...stream.Option) {
	c := connect(b, cfg)
	_, bytes := read(b, c, sql, nil, opts...) // the synthetic server encodes its rows at the first query
	b.ReportAllocs()
	for b.Loop() {
		if n, _ := read(b, c, sql, work, opts...); n != rows {
			b.Fatalf("%d rows, want %d", n, rows)
		}
	}
	b.SetBytes(int64(bytes))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
}

// documents returns a statement whose rows are documents of about size bytes. In the select list generate_series
// produces one row after the other; after FROM the server would generate all of them first.
func documents(typ string, rows, size int) string {
	const other = len(`{"id": 12345, "pad": ""}`)
	return fmt.Sprintf(`SELECT %s_build_object('id', i, 'pad', repeat('x', %d)) AS data
		FROM (SELECT generate_series(1, %d) AS i) AS n`,
		typ, max(1, size-other), rows)
}

// way names the transport by which cfg reaches its first host.
func way(cfg *conn.Config) string {
	switch {
	case len(cfg.Hosts) == 0 || cfg.Hosts[0].Name == "":
		return "default"
	case cfg.Hosts[0].Name[0] == '/':
		return "unix"
	case cfg.SSLMode >= conn.SSLRequire:
		return "tls"
	}
	return "tcp"
}

var stepsPerMicrosecond = rounds.StepsFor(1_000_000) / 1000
