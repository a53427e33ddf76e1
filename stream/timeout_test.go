package stream_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// timedOut reads to the end and expects a timeout in the given phase after the given time.
func timedOut(t *testing.T, s *stream.Stream, phase string, after time.Duration) {
	t.Helper()
	began := time.Now()
	for s.Next() {
		began = time.Now()
	}
	var late *werr.TimeoutError
	if !errors.As(s.Err(), &late) || late.Phase != phase || late.After != after || !late.Timeout() {
		t.Errorf("err %v, want a timeout in phase %q", s.Err(), phase)
	}
	if waited := time.Since(began); waited != after {
		t.Errorf("timed out after %v, want %v", waited, after)
	}
}

func TestFirstRowTimeout(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode, stream.WithFirstRowTimeout(time.Second))
		timedOut(t, s, "first row", time.Second)
		_ = s.Close()
		givenBack(t, src, "stop")
	})
}

func TestStallTimeout(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		src.send(rows(0, 3)...)
		s, _ := open(t, t.Context(), src, mode,
			stream.WithStallTimeout(time.Second), stream.WithFirstRowTimeout(time.Minute))
		timedOut(t, s, "stall", time.Second)
		_ = s.Close()
		givenBack(t, src, "stop")
	})
}

// The wait for the first row, the consumer's own work and a pause do not count as a stall.
func TestNoStallUnlessTheConsumerWaits(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode, stream.WithStallTimeout(time.Second))
		go func() {
			time.Sleep(time.Hour)
			src.send(rows(0, 1)...)
		}()
		if !s.Next() {
			t.Fatalf("no first row: %v", s.Err())
		}
		time.Sleep(time.Hour) // the consumer works
		go func() {
			time.Sleep(900 * time.Millisecond)
			_ = s.Pause()
			time.Sleep(time.Hour)
			_ = s.Resume()
			time.Sleep(900 * time.Millisecond)
			src.send(rows(1, 1)...)
			src.finish(nil)
		}()
		if !s.Next() || s.Next() || s.Err() != nil {
			t.Errorf("err %v", s.Err())
		}
		synctest.Wait()
		givenBack(t, src, "done")
	})
}
