package stream

import (
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// deadline is what the consumer's present wait is bounded by. Guarded by Stream.mu.
type deadline struct {
	at    time.Time // zero: none
	phase string
	after time.Duration
}

// arm bounds the read that the consumer waits for: until the first row by the time since the query was sent, later by the
// silence from now on. It costs nothing where no timeout was asked for.
func (s *Stream) arm() {
	var d deadline
	switch first, stall := s.set.firstRowTimeout, s.set.stallTimeout; {
	case first > 0 && s.published.Load() == 0:
		d = deadline{s.env.Start.Add(first), "first row", first}
	case stall > 0 && s.published.Load() > 0:
		d = deadline{time.Now().Add(stall), "stall", stall}
	default:
		return
	}
	s.mu.Lock()
	s.wait = d
	s.mu.Unlock()
	s.src.SetDeadline(d.at)
}

// disarm: the consumer no longer waits, so silence is no longer its loss.
func (s *Stream) disarm() {
	if s.set.firstRowTimeout == 0 && s.set.stallTimeout == 0 {
		return
	}
	s.mu.Lock()
	armed := !s.wait.at.IsZero()
	s.wait = deadline{}
	s.mu.Unlock()
	if armed {
		s.src.SetDeadline(time.Time{})
	}
}

// checkDeadline tells a timeout from any other interrupt, and ends the stream with it. A deadline whose waiter has gone
// is forgotten. REQUIRES: the fill token.
func (s *Stream) checkDeadline() {
	s.mu.Lock()
	d := s.wait
	s.mu.Unlock()
	switch {
	case d.at.IsZero():
		s.src.SetDeadline(time.Time{})
	case !time.Now().Before(d.at) && !s.paused.Load():
		s.beginEnd(causeFailure, &werr.TimeoutError{Phase: d.phase, After: d.after})
	}
}
