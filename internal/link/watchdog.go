package link

import (
	"os"
	"time"
)

// watchdog is for a wrapper of a socket, whose deadlines may do nothing although setting one is no error. It keeps who is
// in a Read or Write that a deadline should have ended from being held there for ever: it closes the socket.
//
// Its fields are for the holder of the link's mu.
type watchdog struct {
	patience time.Duration // from a deadline to the close; while a turn drains, there is none
	inCall   int           // Reads and Writes under way
	timer    *time.Timer
	bitten   bool // it has closed the socket
}

// watch starts to wait for the calls under way to heed the deadline t; the zero time is none.
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
			w.bitten = true
			l.close()
		}
	})
	w.timer = own
}

// guarded does one Read or Write, unless its deadline, which is read with l.mu locked, has passed.
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

// Expired says that the socket was closed because a Read or Write went on after its deadline.
func (l *Link) Expired() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.watchdog.bitten
}
