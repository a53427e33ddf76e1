package stream_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// During a pause nothing is read from the source; buffered rows may be taken; then Next waits for Resume.
func TestPauseHoldsTheServerBack(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode, stream.WithCapacity(8))
		src.send(rows(0, 100)...)
		s.Next()
		synctest.Wait()
		if err := s.PauseWithReason("first"); err != nil || s.State() != stream.Paused {
			t.Fatalf("Pause: %v, state %v", err, s.State())
		}
		if err := s.Pause(); err != nil {
			t.Errorf("second Pause: %v", err)
		}
		synctest.Wait()
		fills, buffered := src.fills, s.Stats().ItemsBuffered
		taken := 1
		done := make(chan struct{})
		go func() {
			for s.Next() {
				taken++
			}
			close(done)
		}()
		time.Sleep(time.Hour)
		synctest.Wait()
		if src.fills != fills {
			t.Errorf("%d fills during the pause", src.fills-fills)
		}
		if taken != 1+buffered {
			t.Errorf("%d rows taken during the pause, %d were buffered", taken-1, buffered)
		}
		src.finish(nil)
		if err := s.Resume(); err != nil {
			t.Errorf("Resume: %v", err)
		}
		<-done
		if taken != 100 {
			t.Errorf("%d rows in all, want 100", taken)
		}
		givenBack(t, src, "done")
	})
}

// Pause also stops a Next that blocks in a read: a row that arrives during the pause is not read.
func TestPauseInterruptsABlockedRead(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode)
		got := make(chan time.Time, 1)
		go func() {
			s.Next()
			got <- time.Now()
		}()
		synctest.Wait()
		_ = s.Pause()
		synctest.Wait() // the read has returned
		src.send(rows(0, 1)...)
		time.Sleep(time.Second)
		synctest.Wait()
		if len(got) != 0 {
			t.Error("a row was read during the pause")
		}
		_ = s.Resume()
		resumed := time.Now()
		if took := (<-got).Sub(resumed); took != 0 {
			t.Errorf("Resume took %v", took)
		}
		_ = s.Close()
		givenBack(t, src, "stop")
	})
}

func TestPauseTimeout(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode, stream.WithPauseTimeout(time.Minute))
		src.send(rows(0, 1)...)
		_ = s.Pause()
		began := time.Now()
		s.Next()
		if took := time.Since(began); took > time.Minute || mode == nil {
			t.Errorf("the row came after %v", took)
		}
		// The timer of a pause that was ended by Resume does not end the next pause.
		_ = s.Pause()
		_ = s.Resume()
		time.Sleep(30 * time.Second)
		_ = s.Pause()
		time.Sleep(40 * time.Second)
		if s.State() != stream.Paused {
			t.Error("the second pause was ended by the first one's timer")
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if s.State() != stream.Active {
			t.Error("the second pause did not end by itself")
		}
		_ = s.Close()
	})
}

func TestPauseStates(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode)
		if err := s.Resume(); !errors.Is(err, werr.ErrStreamNotPaused) {
			t.Errorf("Resume of a running stream: %v", err)
		}
		_ = s.Pause()
		if err := s.Close(); err != nil {
			t.Errorf("Close while paused: %v", err)
		}
		if err := s.Pause(); !errors.Is(err, werr.ErrStreamAlreadyClosed) {
			t.Errorf("Pause after the end: %v", err)
		}
		if err := s.Resume(); !errors.Is(err, werr.ErrStreamNotPaused) || !errors.Is(err, werr.ErrStreamAlreadyClosed) {
			t.Errorf("Resume after the end: %v", err)
		}
		if s.State() != stream.Completed {
			t.Errorf("state %v", s.State())
		}
		givenBack(t, src, "stop")
	})
}

// If the connection fails during a pause, the error is found after Resume.
func TestServerDeathWhilePaused(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		src := newFake()
		s, _ := open(t, t.Context(), src, mode)
		_ = s.Pause()
		src.die(errNetwork)
		time.Sleep(time.Second)
		_ = s.Resume()
		if s.Next() || !errors.Is(s.Err(), errNetwork) {
			t.Errorf("err %v", s.Err())
		}
		givenBack(t, src, "done")
	})
}
