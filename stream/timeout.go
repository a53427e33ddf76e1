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
		d = deadline{s.firstRowBy(first), "first row", first}
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

// firstRowBy is when the first row must have come: so long after the query was sent. A consumer that comes later than that
// says nothing about the server: then it is so long after its coming.
func (s *Stream) firstRowBy(first time.Duration) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.firstRow.IsZero() {
		s.firstRow = s.env.Start.Add(first)
		if now := time.Now(); now.After(s.firstRow) {
			s.firstRow = now.Add(first)
		}
	}
	return s.firstRow
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
