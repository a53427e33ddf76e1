package stream

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// pause is the state of the current pause. A pause begins only while the stream has not ended, and begins and ends
// under mu. When a stream ends, its phase changes first, and then the pause ends.
type pause struct {
	on atomic.Bool // any goroutine may read it

	mu   sync.Mutex
	last *interval // the current pause, or the one before; most streams have none
}

// interval is one pause.
type interval struct {
	reason string
	since  time.Time
	timer  *time.Timer // nil: none
}

// Pause stops reading from the server; TCP then holds the server back. Rows already buffered may still be taken; after
// them Next waits for Resume, Cancel, Close or the context. Pausing a paused stream has no effect; pausing a stream
// that has ended returns ErrStreamAlreadyClosed. Any goroutine may call it.
func (s *Stream) Pause() error { return s.PauseWithReason("") }

// PauseWithReason is Pause with a reason for the log. If the stream is already paused, the first reason stays.
func (s *Stream) PauseWithReason(reason string) error {
	p := &s.pause
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.life.halted() {
		return werr.ErrStreamAlreadyClosed
	}
	if p.on.Load() {
		return nil
	}
	this := &interval{reason: reason, since: time.Now()}
	if d := s.set.pauseTimeout; d > 0 {
		this.timer = time.AfterFunc(d, func() { s.pauseExpired(this) })
	}
	p.last = this
	p.on.Store(true)
	s.src.Interrupt()
	s.record.paused(reason)
	return nil
}

// Resume ends a pause. If the stream is not paused, it returns ErrStreamNotPaused. Any goroutine may call it.
func (s *Stream) Resume() error {
	s.pause.mu.Lock()
	defer s.pause.mu.Unlock()
	switch {
	case s.life.halted():
		return &werr.OpError{Op: "resume", Err: fmt.Errorf("%w: %w", werr.ErrStreamNotPaused, werr.ErrStreamAlreadyClosed)}
	case !s.pause.on.Load():
		return werr.ErrStreamNotPaused
	}
	s.resume()
	return nil
}

// pauseExpired resumes, unless this pause has already ended.
func (s *Stream) pauseExpired(this *interval) {
	s.pause.mu.Lock()
	defer s.pause.mu.Unlock()
	if s.pause.on.Load() && s.pause.last == this {
		s.record.pauseExpired()
		s.resume()
	}
}

// endPause ends the pause, if there is one, of a stream that has ended. Once it returns, no pause interrupts the source
// any more.
func (s *Stream) endPause() {
	s.pause.mu.Lock()
	defer s.pause.mu.Unlock()
	if s.pause.on.Load() {
		s.resume()
	}
}

// resume ends the pause. The caller holds pause.mu.
func (s *Stream) resume() {
	this := s.pause.last
	if this.timer != nil {
		this.timer.Stop()
	}
	s.pause.on.Store(false)
	s.meet.consumer.wakeUp()
	s.meet.reader.wakeUp()
	s.record.resumed(this.reason, time.Since(this.since))
}
