package stream

import (
	"fmt"
	"log/slog"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// pauseState is the pause under way. Guarded by Stream.mu.
type pauseState struct {
	reason string
	since  time.Time
	timer  *time.Timer
}

// Pause stops reading from the server; TCP then holds the server back. Rows already buffered may still be taken, after
// them Next waits for Resume, Cancel, Close or the context. Pausing twice is nothing; pausing a stream that has ended is
// ErrStreamAlreadyClosed. Any goroutine may call it.
func (s *Stream) Pause() error { return s.PauseWithReason("") }

// PauseWithReason is Pause with a reason for the log. The first reason stays.
func (s *Stream) PauseWithReason(reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != running {
		return werr.ErrStreamAlreadyClosed
	}
	if s.paused.Load() {
		return nil
	}
	s.pause = pauseState{reason: reason, since: time.Now()}
	if d := s.set.pauseTimeout; d > 0 {
		s.pause.timer = time.AfterFunc(d, s.pauseExpired(s.pause.since))
	}
	s.paused.Store(true)
	s.src.Interrupt()
	s.record.paused()
	s.env.Logger.Debug("stream paused", slog.String("reason", reason))
	return nil
}

// Resume goes on reading. A stream that is not paused gives ErrStreamNotPaused. Any goroutine may call it.
func (s *Stream) Resume() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.cause != running:
		return &werr.OpError{Op: "resume", Err: fmt.Errorf("%w: %w", werr.ErrStreamNotPaused, werr.ErrStreamAlreadyClosed)}
	case !s.paused.Load():
		return werr.ErrStreamNotPaused
	}
	s.endPause()
	return nil
}

// pauseExpired resumes, unless the pause that began at since has ended already.
func (s *Stream) pauseExpired(since time.Time) func() {
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.paused.Load() && s.pause.since.Equal(since) {
			s.record.pauseExpired()
			s.endPause()
		}
	}
}

// endPause: the caller holds s.mu.
func (s *Stream) endPause() {
	if !s.paused.Load() {
		return
	}
	if s.pause.timer != nil {
		s.pause.timer.Stop()
	}
	lasted := time.Since(s.pause.since)
	s.paused.Store(false)
	wake(s.wakeConsumer)
	if s.wakeReader != nil {
		wake(s.wakeReader)
	}
	s.record.resumed(lasted)
	s.env.Logger.Debug("stream resumed", slog.String("reason", s.pause.reason), slog.Duration("paused", lasted))
}
