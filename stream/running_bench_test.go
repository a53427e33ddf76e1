package stream

import (
	"log/slog"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// BenchmarkRegistry measures what the list of running streams costs a query: adding and removing it, alone and while
// others do the same.
func BenchmarkRegistry(b *testing.B) {
	b.Run("one", func(b *testing.B) {
		var l streams
		var s Stream
		b.ReportAllocs()
		for b.Loop() {
			l.add(&s)
			l.remove(&s)
		}
	})
	b.Run("all processors", func(b *testing.B) {
		var l streams
		b.RunParallel(func(pb *testing.PB) {
			var s Stream
			for pb.Next() {
				l.add(&s)
				l.remove(&s)
			}
		})
	})
}

// nothing is a source whose query has ended without rows.
type nothing struct{}

func (nothing) Fill(f *feed.Fill)     { f.N, f.Bytes, f.Outcome, f.Err = 0, 0, feed.Ended, nil }
func (nothing) Interrupt()            {}
func (nothing) Clear()                {}
func (nothing) SetDeadline(time.Time) {}
func (nothing) Stop() error           { return nil }
func (nothing) Abort()                {}
func (nothing) Done()                 {}

// BenchmarkStream measures a stream's own cost of a query: from New to the end of a result without rows.
func BenchmarkStream(b *testing.B) {
	set, err := Configure()
	if err != nil {
		b.Fatal(err)
	}
	env := feed.Env{Logger: slog.New(slog.DiscardHandler), Start: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		s, _ := New(b.Context(), nothing{}, set, env)
		if s.Next() {
			b.Fatal("a row")
		}
	}
}
