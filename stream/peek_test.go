package stream_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Two calls of Peek before each Next do not change the rows, and count none as yielded.
func TestPeekReturnsTheNextRow(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode, stream.WithCapacity(8))
		go func() {
			for i := 0; i < 100; i += 7 {
				src.send(rows(i, min(7, 100-i))...)
				time.Sleep(time.Millisecond)
			}
			src.send(nil)
			src.finish(nil)
		}()
		var peeked, taken []string
		for {
			before := s.Stats().TotalRowsYielded
			first, ok := s.Peek()
			again, still := s.Peek()
			if ok != still || string(first) != string(again) || s.Row() != nil {
				t.Fatalf("two calls of Peek: %q %t, %q %t; current row %q", first, ok, again, still, s.Row())
			}
			if now := s.Stats().TotalRowsYielded; now != before {
				t.Fatalf("Peek counted as yielded: %d, then %d", before, now)
			}
			if s.Next() != ok {
				t.Fatalf("Peek returned %t, Next did not", ok)
			}
			if !ok {
				break
			}
			peeked, taken = append(peeked, string(first)), append(taken, string(s.Row()))
		}
		if diff := cmp.Diff(taken, peeked); diff != "" || len(taken) != 101 || s.Err() != nil {
			t.Errorf("%d rows, err %v, peeked (-taken +peeked):\n%s", len(taken), s.Err(), diff)
		}
		givenBack(t, src, "done")
	})
}

// A filter sees every row once, in order, whether or not Peek was called.
func TestPeekFiltersOnce(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(rows(0, 10)...)
		src.finish(nil)
		var seen []string
		s, _ := open(t, t.Context(), src, mode, stream.WithFilter(func(r jsonRaw) bool {
			seen = append(seen, string(r))
			return r[5] == '3' || r[5] == '7'
		}))
		row, ok := s.Peek()
		if st := s.Stats(); string(row) != `{"n":3}` || !ok || st.TotalRowsYielded != 0 || st.TotalRowsFiltered != 3 {
			t.Errorf("first Peek: %q, %v, %v", row, ok, st)
		}
		if diff := cmp.Diff([]string{`{"n":3}`, `{"n":7}`}, readAll(s)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		var want []string
		for _, r := range rows(0, 10) {
			want = append(want, string(r))
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("the filter saw (-want +got):\n%s", diff)
		}
		if st := s.Stats(); st.TotalRowsYielded != 2 || st.TotalRowsFiltered != 8 || st.TotalBytes != 14 {
			t.Errorf("statistics: %v", st)
		}
	})
}

func TestPeekAtTheEnd(t *testing.T) {
	ends := map[string]struct {
		prepare func(src *fakeSource)
		want    error
	}{
		"no rows":      {func(src *fakeSource) { src.finish(nil) }, nil},
		"server error": {func(src *fakeSource) { src.finish(errServer) }, errServer},
		"lost":         {func(src *fakeSource) { src.die(errNetwork) }, errNetwork},
	}
	for name, e := range ends {
		inModesNamed(t, name, func(t *testing.T, mode stream.Option) {
			src := newFake()
			s, _ := open(t, t.Context(), src, mode)
			e.prepare(src)
			for range 2 {
				if row, ok := s.Peek(); ok || row != nil || !errors.Is(s.Err(), e.want) {
					t.Errorf("Peek: %q, %t; err %v, want %v", row, ok, s.Err(), e.want)
				}
			}
			givenBack(t, src, "done")
		})
	}
}

// A row that is not valid JSON ends the stream in Peek, as in Next, and the error has its number.
func TestPeekValidates(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send([]byte("1"), []byte("{"))
		s, _ := open(t, t.Context(), src, mode, stream.WithValidation())
		if !s.Next() {
			t.Fatal(s.Err())
		}
		row, ok := s.Peek()
		var wrong *werr.DecodeError
		if ok || row != nil || !errors.As(s.Err(), &wrong) || wrong.Row != 2 || s.Stats().TotalRowsYielded != 1 {
			t.Errorf("Peek: %q, %t; err %v; %v", row, ok, s.Err(), s.Stats())
		}
		givenBack(t, src, "stop")
	})
}

// The row that Peek returned stays valid until the next call to Next, even if the stream ends in between.
func TestPeekedRowOutlivesTheStream(t *testing.T) {
	for how, e := range early {
		inModesNamed(t, how, func(t *testing.T, mode stream.Option) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			src := newFake()
			src.send(rows(0, 3)...)
			s, h := open(t, ctx, src, mode)
			row, ok := s.Peek()
			e.end(s, h, cancel)
			synctest.Wait()
			if string(row) != `{"n":0}` || !ok {
				t.Errorf("after the end: %q, %t", row, ok)
			}
			if s.Next() {
				t.Error("a row after the end")
			}
			givenBack(t, src, "stop")
		})
	}
}
