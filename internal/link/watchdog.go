package link

import (
	"os"
	"time"
)

// watchdog is for wrappers of a socket, whose deadlines may have no effect although setting one succeeds. If a deadline
// should have ended a Read or Write, but did not, it closes the socket, so that the call does not block forever.
//
// Its fields are guarded by the link's mu.
type watchdog struct {
	patience time.Duration // from a deadline to the close; not granted while a turn drains
	inCall   int           // Reads and Writes under way
	timer    *time.Timer
	fired    bool // whether it has closed the socket
}

// watch starts the timer that closes the socket if calls do not obey the deadline t; the zero time means none.
func (l *Link) watch(t time.Time) {
	w := &l.watchdog
	if w.timer != nil {
		w.timer.Stop()
	}
	w.timer = nil
	if t.IsZero() || !l.mayIgnore {
		return
	}
	wait := max(0, time.Until(t))
	if !l.draining {
		wait += w.patience
	}
	var own *time.Timer
	own = time.AfterFunc(wait, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if w.timer == own && w.inCall > 0 && !l.closed {
			w.fired = true
			l.close()
		}
	})
	w.timer = own
}

// guarded runs do, a Read or Write, unless its deadline has passed. deadline points to a field that is guarded by l.mu.
func (l *Link) guarded(deadline *time.Time, p []byte, do func([]byte) (int, error)) (int, error) {
	l.mu.Lock()
	if !deadline.IsZero() && !deadline.After(time.Now()) {
		l.mu.Unlock()
		return 0, os.ErrDeadlineExceeded
	}
	l.watchdog.inCall++
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.watchdog.inCall--
	}()
	return do(p)
}

// Expired reports whether the socket was closed because a Read or Write went on after its deadline.
func (l *Link) Expired() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.watchdog.fired
}
