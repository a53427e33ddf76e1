package httpstream_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// source is a server in memory. Each batch arrives separately; the result ends when the channel is closed, with err.
type source struct {
	batches   chan []string
	err       error // used when batches is closed
	interrupt chan struct{}
	pending   [][]byte
	stopped   bool
}

func newSource(t *testing.T, columnType string) (*source, *stream.Stream) {
	t.Helper()
	src := &source{batches: make(chan []string, 16), interrupt: make(chan struct{}, 1)}
	set, err := stream.Configure(stream.WithReadAhead(stream.ReadAheadNever))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := stream.New(t.Context(), src, set, feed.Env{
		ColumnType: columnType, OneLine: columnType == "JSONB", Metrics: wiremetrics.ForEntity("test"), Logger: slog.New(slog.DiscardHandler), Start: time.Now(),
	})
	return src, s
}

// fixed returns a stream of the rows, "<null>" for SQL NULL, that ends with err.
func fixed(t *testing.T, columnType string, rows []string, err error) (*source, *stream.Stream) {
	src, s := newSource(t, columnType)
	if len(rows) > 0 {
		src.batches <- rows
	}
	src.err = err
	close(src.batches)
	return src, s
}

func (src *source) Fill(f *feed.Fill) {
	f.N, f.Bytes, f.Outcome, f.Err = 0, 0, feed.Progress, nil
	if len(src.pending) == 0 && !src.receive(f) {
		return
	}
	f.N = copy(f.Rows, src.pending)
	for _, row := range src.pending[:f.N] {
		f.Bytes += len(row)
	}
	src.pending = src.pending[f.N:]
}

// receive waits for a batch. If there is none, it sets how the Fill ends.
func (src *source) receive(f *feed.Fill) bool {
	select {
	case batch, ok := <-src.batches:
		if !ok {
			f.Outcome, f.Err = feed.Ended, src.err
			return false
		}
		for _, row := range batch {
			if row == "<null>" {
				src.pending = append(src.pending, nil)
			} else {
				src.pending = append(src.pending, []byte(row))
			}
		}
		return true
	case <-src.interrupt:
		f.Outcome = feed.Interrupted
		return false
	}
}

func (src *source) Interrupt() {
	select {
	case src.interrupt <- struct{}{}:
	default:
	}
}

func (src *source) Clear()                {}
func (src *source) SetDeadline(time.Time) {}
func (src *source) Stop() error           { src.stopped = true; return nil }
func (src *source) Abort()                {}
func (src *source) Done()                 {}
