package bench

import (
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// memory is a source without a server: each fill adds the same row up to chunk times, until all rows were delivered.
type memory struct {
	row   []byte
	chunk int
	left  int // negative: endless
}

func (m *memory) Fill(f *feed.Fill) {
	n := min(len(f.Rows), m.chunk)
	if m.left >= 0 {
		n = min(n, m.left)
		m.left -= n
	}
	for i := range n {
		f.Rows[i] = m.row
	}
	f.N, f.Bytes, f.Read = n, n*len(m.row), n*len(m.row)
	f.Outcome, f.Err = feed.Progress, nil
	if n == 0 {
		f.Outcome = feed.Ended
	}
}

func (m *memory) Interrupt()            {}
func (m *memory) Clear()                {}
func (m *memory) SetDeadline(time.Time) {}
func (m *memory) Stop() error           { return nil }
func (m *memory) Abort()                {}
func (m *memory) Done()                 {}

// open starts a stream from a source.
func open(tb testing.TB, src feed.Source, opts ...stream.Option) *stream.Stream {
	tb.Helper()
	set, err := stream.Configure(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	s, _ := stream.New(tb.Context(), src, set, feed.Env{Logger: quiet, Start: time.Now()})
	return s
}
