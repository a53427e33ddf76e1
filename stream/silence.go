package stream

import (
	"sync"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// silence bounds how long the consumer waits for the server. It is for any goroutine.
type silence struct {
	first, stall time.Duration // fixed; 0: none
	start        time.Time     // fixed: when the query was sent

	mu       sync.Mutex
	present  deadline
	firstRow time.Time // when the first row must have come; zero: nobody has waited for it yet
}

// deadline is what the consumer's present wait is bounded by.
type deadline struct {
	at    time.Time // zero: none
	phase string
	after time.Duration
}

func (d *silence) begin(set *Settings, start time.Time) {
	d.first, d.stall, d.start = set.firstRowTimeout, set.stallTimeout, start
}

// arm bounds a wait that begins now: until the first row by the time since the query was sent, later by the silence from
// now on. It is false where no timeout was asked for.
func (d *silence) arm(rowsCame bool) (at time.Time, armed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.first > 0 && !rowsCame:
		d.present = deadline{d.firstRowBy(), "first row", d.first}
	case d.stall > 0 && rowsCame:
		d.present = deadline{time.Now().Add(d.stall), "stall", d.stall}
	default:
		return time.Time{}, false
	}
	return d.present.at, true
}

// firstRowBy is when the first row must have come: so long after the query was sent. A consumer that comes later than that
// says nothing about the server: then it is so long after its coming. The caller holds d.mu.
func (d *silence) firstRowBy() time.Time {
	if d.firstRow.IsZero() {
		d.firstRow = d.start.Add(d.first)
		if now := time.Now(); now.After(d.firstRow) {
			d.firstRow = now.Add(d.first)
		}
	}
	return d.firstRow
}

// disarm says whether a deadline was set, which is forgotten.
func (d *silence) disarm() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	armed := !d.present.at.IsZero()
	d.present = deadline{}
	return armed
}

func (d *silence) now() deadline {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.present
}

// bounded says that a timeout was asked for.
func (d *silence) bounded() bool { return d.first > 0 || d.stall > 0 }

// arm bounds the read that the consumer waits for. It costs nothing where no timeout was asked for.
func (s *Stream) arm() {
	if !s.silence.bounded() {
		return
	}
	if at, armed := s.silence.arm(s.producer.rows.Load() > 0); armed {
		s.src.SetDeadline(at)
	}
}

// disarm: the consumer no longer waits, so silence is no longer its loss.
func (s *Stream) disarm() {
	if s.silence.bounded() && s.silence.disarm() {
		s.src.SetDeadline(time.Time{})
	}
}

// checkDeadline tells a timeout from any other interrupt, and ends the stream with it. A deadline whose waiter has gone
// is forgotten. REQUIRES: the fill token.
func (s *Stream) checkDeadline() {
	d := s.silence.now()
	switch {
	case d.at.IsZero():
		s.src.SetDeadline(time.Time{})
	case !time.Now().Before(d.at) && !s.pause.on.Load():
		s.leave(causeFailure, &werr.TimeoutError{Phase: d.phase, After: d.after})
	}
}
