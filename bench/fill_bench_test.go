package bench

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

var quiet = slog.New(slog.DiscardHandler)

// BenchmarkFill measures one fill step and the Next of its rows: the cost of a chunk apart from its rows, including the
// metrics and two readings of the clock. The difference between chunk sizes is the cost of the rows.
func BenchmarkFill(b *testing.B) {
	for _, chunk := range []int{1, 8, 64, 512} {
		b.Run(fmt.Sprintf("rows=%d", chunk), func(b *testing.B) {
			src := &memory{row: document, chunk: chunk, left: -1}
			s := open(b, src, stream.WithReadAhead(stream.ReadAheadNever))
			defer s.Close()
			b.ReportAllocs()
			b.SetBytes(int64(chunk * len(document)))
			for b.Loop() {
				for range chunk {
					if !s.Next() {
						b.Fatal(s.Err())
					}
				}
			}
		})
	}
}

// BenchmarkMemory measures a whole stream, from New to its end, with a source that costs next to nothing.
func BenchmarkMemory(b *testing.B) {
	const chunk = 64 // the small rows in a server's write of 8 KiB
	for _, rows := range []int{1, 100_000} {
		for _, mode := range []string{"pull", "always", "auto"} {
			b.Run(fmt.Sprintf("rows=%d/size=%d/mode=%s", rows, len(document), mode), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(rows * len(document)))
				for b.Loop() {
					s := open(b, &memory{row: document, chunk: chunk, left: rows}, stream.WithReadAhead(modes[mode]))
					n := 0
					for s.Next() {
						n++
					}
					if n != rows || s.Err() != nil {
						b.Fatal(n, s.Err())
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
			})
		}
	}
}

// BenchmarkOptions measures a whole stream in pull without a server, with one option at a time. The difference to
// with=none is the cost of the option.
func BenchmarkOptions(b *testing.B) {
	const rows, chunk = 100_000, 64
	for _, with := range []struct {
		name    string
		options []stream.Option
	}{
		{"none", nil},
		{"chunk-rows", []stream.Option{stream.WithChunkRows(chunk)}},
		{"max-memory", []stream.Option{stream.WithMaxMemory(1 << 20)}},
		{"soft-limit", []stream.Option{stream.WithMaxMemory(1 << 20), stream.WithMemorySoftLimit(0.5)}},
		{"budget", []stream.Option{stream.WithBudget(stream.NewBudget(1<<20, stream.MemoryWait))}},
		{"validation", []stream.Option{stream.WithValidation()}},
	} {
		b.Run("with="+with.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				options := append([]stream.Option{stream.WithReadAhead(stream.ReadAheadNever)}, with.options...)
				s := open(b, &memory{row: document, chunk: chunk, left: rows}, options...)
				for s.Next() {
				}
				if err := s.Err(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
	}
}

// modes are the read-ahead modes by name.
var modes = map[string]stream.ReadAhead{
	"auto": stream.ReadAheadAuto, "pull": stream.ReadAheadNever, "always": stream.ReadAheadAlways,
}
