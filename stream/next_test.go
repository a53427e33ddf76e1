package stream_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// inModes runs a test in each read-ahead mode, in virtual time. The synctest bubble fails if a goroutine is left.
func inModes(t *testing.T, test func(t *testing.T, mode stream.Option)) {
	t.Parallel()
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, stream.WithReadAhead(mode)) })
		})
	}
}

// givenBack fails the test unless the source was given back as wanted, and the stream used it correctly.
func givenBack(t *testing.T, src *fakeSource, want string) {
	t.Helper()
	synctest.Wait()
	if over, violations := src.state(); over != want || len(violations) > 0 {
		t.Errorf("source given back by %q, want %q; violations: %q", over, want, violations)
	}
}

func TestNextDeliversEveryRowInOrder(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode, stream.WithCapacity(8))
		var want []string
		for _, r := range rows(0, 1000) {
			want = append(want, string(r))
		}
		go func() {
			for i := 0; i < 1000; i += 50 {
				src.send(rows(i, 50)...)
				time.Sleep(time.Millisecond)
			}
			src.finish(nil)
		}()
		if diff := cmp.Diff(want, readAll(s)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if s.Err() != nil || s.State() != stream.Completed || s.Row() != nil {
			t.Errorf("after the end: err %v, state %v, row %q", s.Err(), s.State(), s.Row())
		}
		givenBack(t, src, "done")
	})
}

func TestNextNullEmptyAndNoRows(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode)
		src.send(nil, []byte{}, []byte("1"))
		src.finish(nil)
		if diff := cmp.Diff([]string{"<null>", "", "1"}, readAll(s)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		empty := newFake()
		empty.finish(nil)
		s, _ = open(t, t.Context(), empty, mode)
		if s.Next() || s.Err() != nil || s.State() != stream.Completed {
			t.Errorf("empty result: state %v, err %v", s.State(), s.Err())
		}
		givenBack(t, empty, "done")
	})
}

// The server's error comes after the rows that preceded it.
func TestErrorAfterRows(t *testing.T) {
	t.Parallel()
	for _, broken := range []bool{false, true} {
		inModesNamed(t, map[bool]string{false: "ended", true: "broken"}[broken], func(t *testing.T, mode stream.Option) {
			src := newFake()
			s, _ := open(t, t.Context(), src, mode)
			src.send(rows(0, 999)...)
			src.terminate(errServer, broken)
			if n := len(readAll(s)); n != 999 {
				t.Errorf("%d rows before the error, want 999", n)
			}
			if !errors.Is(s.Err(), errServer) || s.State() != stream.Failed {
				t.Errorf("err %v, state %v", s.Err(), s.State())
			}
			if err := s.Close(); err != nil || !errors.Is(s.Err(), errServer) {
				t.Errorf("Close: %v; Err afterwards: %v", err, s.Err())
			}
			givenBack(t, src, "done")
		})
	}
}

func inModesNamed(t *testing.T, name string, test func(t *testing.T, mode stream.Option)) {
	t.Run(name, func(t *testing.T) { inModes(t, test) })
}

// A row is handed over when it arrives, not when a chunk is full.
func TestRowIsNeverHeldBack(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode, stream.WithChunkRows(500))
		start := time.Now()
		go func() {
			for i := range 5 {
				time.Sleep(time.Second)
				src.send(rows(i, 1)...)
			}
			src.finish(nil)
		}()
		for i := 1; s.Next(); i++ {
			if waited := time.Since(start); waited != time.Duration(i)*time.Second {
				t.Errorf("row %d came after %v", i, waited)
			}
		}
		givenBack(t, src, "done")
	})
}

// Next invalidates the previous row: in builds that poison, it is overwritten at once.
func TestRowIsPoisonedByNext(t *testing.T) {
	if !poisons {
		t.Log("this build does not poison; the test under -race does")
	}
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode)
		src.send(rows(0, 2)...)
		src.finish(nil)
		s.Next()
		kept := s.Row()
		before := bytes.Clone(kept)
		s.Next()
		if poisons == bytes.Equal(kept, before) {
			t.Errorf("row after the next call to Next: %q, poisoning on: %v", kept, poisons)
		}
		if cap(kept) != len(kept) {
			t.Errorf("row with spare capacity: len %d, cap %d", len(kept), cap(kept))
		}
		_ = s.Close()
	})
}

// When the ring is full, the reader waits; nothing is lost, and no more rows than the capacity are taken from the
// source.
func TestRingBoundsReadAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		src := newFake()
		s, _ := open(t, t.Context(), src, stream.WithReadAhead(stream.ReadAheadAlways), stream.WithCapacity(16))
		src.send(rows(0, 1000)...)
		src.finish(nil)
		synctest.Wait()
		if st := s.Stats(); st.ItemsBuffered != 16 || !st.ReadAhead {
			t.Errorf("without a consumer: %v", st)
		}
		if n := len(readAll(s)); n != 1000 {
			t.Errorf("%d rows", n)
		}
		givenBack(t, src, "done")
	})
}
