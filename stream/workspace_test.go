package stream_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// A stream that was read to its end leaves its memory to a later one. Calls of its methods, by the consumer and by other
// goroutines, neither affect that stream nor change what the first one reports.
func TestEndedStreamAndTheNext(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		for range 8 { // the memory is not reused every time, least of all under the race detector
			src := newFake()
			src.send(rows(0, 10)...)
			src.finish(nil)
			first, _ := open(t, t.Context(), src, mode)
			if n := len(readAll(first)); n != 10 {
				t.Fatalf("%d rows, want 10", n)
			}
			synctest.Wait()
			want := first.Stats()

			again := newFake()
			next, _ := open(t, t.Context(), again, mode)
			others := make(chan struct{})
			go func() { // so that the race detector sees what both streams use
				defer close(others)
				for range 100 {
					lastWords(t, first)
					_, _, _, _ = first.Stats(), first.State(), first.Err(), first.Close()
					_, _, _ = first.Pause(), first.Resume(), first.Cancel(context.Background())
				}
			}()
			for i := range 100 {
				again.send(rows(i, 1)...)
				if want := fmt.Sprintf(`{"n":%d}`, i); !next.Next() || string(next.Row()) != want {
					t.Fatalf("row %q, error %v, want %s", next.Row(), next.Err(), want)
				}
			}
			<-others
			if diff := cmp.Diff(want, first.Stats()); diff != "" {
				t.Errorf("the statistics of the first stream have changed (-want +got):\n%s", diff)
			}
			again.finish(nil)
			if next.Next() || next.Err() != nil || next.Stats().TotalRowsYielded != 100 {
				t.Errorf("after the last row: %v, error %v", next.Stats(), next.Err())
			}
		}
	})
}

// lastWords calls the consumer's methods on a stream that was read to its end.
func lastWords(t *testing.T, s *stream.Stream) {
	t.Helper()
	var v any
	if s.Next() || s.Row() != nil || s.Err() != nil {
		t.Errorf("after the end: row %q, error %v", s.Row(), s.Err())
	}
	if row, ok := s.Peek(); ok {
		t.Errorf("after the end: Peek found %q", row)
	}
	if n, err := s.WriteTo(io.Discard); n != 0 || err != nil {
		t.Errorf("after the end: WriteTo wrote %d bytes, error %v", n, err)
	}
	if err := s.Decode(&v); err != nil || v != nil { // there is no row, which is decoded like NULL
		t.Errorf("after the end: Decode made %v, error %v", v, err)
	}
	for row := range s.All() {
		t.Errorf("after the end: All yields %q", row)
	}
}
