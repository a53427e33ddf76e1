package link

import (
	"net"
	"os"
	"sync"
	"time"
)

// WithDeadlines returns sock itself if deadlines can be set on it. If setting one fails, as on the channels of an SSH
// connection, it returns a connection over sock that implements deadlines itself, for one reader and one writer.
func WithDeadlines(sock net.Conn) net.Conn {
	if sock.SetDeadline(time.Time{}) == nil {
		return sock
	}
	t := &timed{Conn: sock}
	t.changed.L = &t.mu
	return t
}

// timed reads in a separate goroutine, one read at a time and only on demand. So Read can stop waiting when its
// deadline passes; what the goroutine then reads is kept for the next Read. A Write that is late is ended by closing
// the socket. After an ordinary write deadline the connection would be useless too, because a message was cut short.
type timed struct {
	net.Conn

	mu      sync.Mutex
	changed sync.Cond // signals changes of reading, arrived, readErr and read.late
	reading bool      // the goroutine is in its read
	arrived []byte    // read, but not returned yet
	readErr error     // of the last read, not returned yet
	buf     []byte    // buffer of the reads; arrived is a part of it
	writing bool
	cut     bool // the socket was closed because a write was late
	read    bound
	write   bound
}

// timedBuffer is the size in bytes of one read.
const timedBuffer = 32 << 10

// Read returns what the goroutine has read, and starts the goroutine if there is nothing.
func (t *timed) Read(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case t.read.late:
			return 0, os.ErrDeadlineExceeded
		case len(t.arrived) > 0:
			n := copy(p, t.arrived)
			t.arrived = t.arrived[n:]
			return n, nil
		case t.readErr != nil:
			err := t.readErr
			t.readErr = nil
			return 0, err
		case !t.reading:
			t.reading = true
			go t.readOnce()
		}
		t.changed.Wait()
	}
}

func (t *timed) readOnce() {
	if t.buf == nil {
		t.buf = make([]byte, timedBuffer)
	}
	n, err := t.Conn.Read(t.buf)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading, t.arrived, t.readErr = false, t.buf[:n], err
	t.changed.Broadcast()
}

// Write closes the socket if its deadline passes during the write. The error is then not a timeout, because nothing can
// be written any more.
func (t *timed) Write(p []byte) (int, error) {
	t.mu.Lock()
	late := t.write.late
	t.writing = !late
	t.mu.Unlock()
	if late {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := t.Conn.Write(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writing = false
	if err != nil && t.cut {
		err = net.ErrClosed
	}
	return n, err
}

// SetDeadline sets both deadlines.
func (t *timed) SetDeadline(deadline time.Time) error {
	_ = t.SetReadDeadline(deadline)
	return t.SetWriteDeadline(deadline)
}

// SetReadDeadline bounds Read, and never fails.
func (t *timed) SetReadDeadline(deadline time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read.set(&t.mu, deadline, t.changed.Broadcast)
	return nil
}

// SetWriteDeadline bounds Write, and never fails.
func (t *timed) SetWriteDeadline(deadline time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.write.set(&t.mu, deadline, t.cutWrite)
	return nil
}

// cutWrite REQUIRES: t.mu.
func (t *timed) cutWrite() {
	if t.writing {
		t.cut = true
		_ = t.Conn.Close()
	}
}

// bound is a deadline with a callback for when it passes.
type bound struct {
	late  bool
	timer *time.Timer
}

// set sets the deadline; the zero time means none. When the deadline passes, and no other has been set, it calls passed
// with mu locked. REQUIRES: mu.
func (b *bound) set(mu sync.Locker, deadline time.Time, passed func()) {
	if b.timer != nil {
		b.timer.Stop()
	}
	b.timer = nil
	if b.late = !deadline.IsZero() && !deadline.After(time.Now()); b.late {
		passed()
		return
	}
	if deadline.IsZero() {
		return
	}
	var own *time.Timer
	own = time.AfterFunc(time.Until(deadline), func() {
		mu.Lock()
		defer mu.Unlock()
		if b.timer == own {
			b.late = true
			passed()
		}
	})
	b.timer = own
}
