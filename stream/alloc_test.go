package stream_test

import (
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// synchronous is a source that always has rows, so that only the stream's own cost of a row remains.
type synchronous struct{ row []byte }

func (y *synchronous) Fill(f *feed.Fill) {
	f.N = min(len(f.Rows), 100)
	for i := range f.N {
		f.Rows[i] = y.row
	}
	f.Bytes, f.Outcome, f.Err = f.N*len(y.row), feed.Progress, nil
}

func (y *synchronous) Interrupt()            {}
func (y *synchronous) Clear()                {}
func (y *synchronous) SetDeadline(time.Time) {}
func (y *synchronous) Stop() error           { return nil }
func (y *synchronous) Abort()                {}
func (y *synchronous) Done()                 {}

// always is the document of every row. It is never really given back, so builds that poison would destroy it.
func always() *synchronous {
	return &synchronous{row: []byte(`{"id":12345,"name":"a name","tags":["a","b"]}`)}
}

// Neither a row nor a chunk costs an allocation, with or without a filter and validation.
func TestNextDoesNotAllocate(t *testing.T) {
	tests := map[string][]stream.Option{
		"plain":        nil,
		"filter":       {stream.WithFilter(func(jsonRaw) bool { return true })},
		"validation":   {stream.WithValidation()},
		"memory limit": {stream.WithMaxMemory(1 << 20), stream.WithMemorySoftLimit(0.5)},
		"budget":       {stream.WithBudget(stream.NewBudget(1<<20, stream.MemoryWait))},
		"timeouts":     {stream.WithStallTimeout(time.Minute), stream.WithFirstRowTimeout(time.Minute)},
		"small chunks": {stream.WithChunkRows(3)},
	}
	for name, opts := range tests {
		t.Run(name, func(t *testing.T) {
			if poisons && name == "validation" {
				return // the only row would be overwritten
			}
			s, _ := open(t, t.Context(), always(), append(opts, stream.WithReadAhead(stream.ReadAheadNever))...)
			defer s.Close()
			const rows = 1000
			allocs := testing.AllocsPerRun(50, func() {
				for range rows {
					if !s.Next() {
						t.Fatalf("no row: %v", s.Err())
					}
				}
			})
			if allocs != 0 {
				t.Errorf("%v allocations in %d rows", allocs, rows)
			}
		})
	}
}

// Decode allocates no more than the parser.
func TestDecodeDoesNotAllocate(t *testing.T) {
	parse := stream.WithUnmarshal(func([]byte, any) error { return nil })
	s, _ := open(t, t.Context(), always(), parse, stream.WithReadAhead(stream.ReadAheadNever))
	defer s.Close()
	var v item
	allocs := testing.AllocsPerRun(1000, func() {
		if !s.Next() || s.Decode(&v) != nil {
			t.Fatalf("no row: %v", s.Err())
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations per row", allocs)
	}
}

// BenchmarkNext measures the stream's own cost of a row in pull mode, including its metrics.
func BenchmarkNext(b *testing.B) {
	s, _ := open(b, b.Context(), always(), stream.WithReadAhead(stream.ReadAheadNever))
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		s.Next()
	}
}
