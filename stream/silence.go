package stream

import (
	"sync"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// silence bounds how long the consumer waits for the server. A nil silence sets no bounds. Any goroutine may use it.
type silence struct {
	first, stall time.Duration // fixed; 0: none
	start        time.Time     // fixed: when the query was sent

	mu       sync.Mutex
	present  deadline
	firstRow time.Time // deadline for the first row; zero: the consumer has not waited for it yet
}

// deadline bounds the consumer's current wait.
type deadline struct {
	at    time.Time // zero: none
	phase string
	after time.Duration
}

// newSilence returns nil if the settings have no timeouts.
func newSilence(set *Settings, start time.Time) *silence {
	if set.firstRowTimeout == 0 && set.stallTimeout == 0 {
		return nil
	}
	return &silence{first: set.firstRowTimeout, stall: set.stallTimeout, start: start}
}

// arm bounds a wait that begins now. Before the first row the time counts from when the query was sent, later from now.
// armed is false if no timeout applies.
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

// firstRowBy returns the deadline for the first row: d.first after the query was sent. If the consumer begins to wait
// only after that time, the delay is its own and not the server's, so the deadline is d.first after the wait begins.
// The caller holds d.mu.
func (d *silence) firstRowBy() time.Time {
	if d.firstRow.IsZero() {
		d.firstRow = d.start.Add(d.first)
		if now := time.Now(); now.After(d.firstRow) {
			d.firstRow = now.Add(d.first)
		}
	}
	return d.firstRow
}

// disarm removes the deadline, and reports whether one was set.
func (d *silence) disarm() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	armed := !d.present.at.IsZero()
	d.present = deadline{}
	return armed
}

func (d *silence) now() deadline {
	if d == nil {
		return deadline{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.present
}

// arm bounds the read that the consumer waits for. Without a timeout it costs nothing.
func (s *Stream) arm() {
	if s.silence == nil {
		return
	}
	if at, armed := s.silence.arm(s.published.rows.Load() > 0); armed {
		s.src.SetDeadline(at)
	}
}

// disarm removes the bound when the consumer no longer waits.
func (s *Stream) disarm() {
	if s.silence != nil && s.silence.disarm() {
		s.src.SetDeadline(time.Time{})
	}
}

// checkDeadline is called after an interrupt, and ends the stream if its cause was a timeout. It removes the source's
// deadline if the consumer no longer waits. REQUIRES: the fill token.
func (s *Stream) checkDeadline() {
	d := s.silence.now()
	switch {
	case d.at.IsZero():
		s.src.SetDeadline(time.Time{})
	case !time.Now().Before(d.at) && !s.pause.on.Load():
		s.leave(causeFailure, &werr.TimeoutError{Phase: d.phase, After: d.after})
	}
}
