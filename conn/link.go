package conn

import (
	"net"
	"sync"
	"time"
)

// past is a deadline that has passed: it makes a blocked read or write return at once.
var past = time.Unix(1, 0)

// link is the connection's socket: reads that can be interrupted from any goroutine, and writes too.
//
// Each use of it, the login or a query, is a turn with a number. Who interrupts names the turn that is meant, so that
// whoever comes too late, such as a context whose query has just ended, never reaches the next one. Flags and deadlines
// are set under one mutex: a deadline is never armed over an interrupt.
type link struct {
	nc   net.Conn   // what is read and written: TLS where there is any
	sock net.Conn   // what was dialled, below TLS
	bare *rawReader // reads sock without net.Conn; nil under TLS, for wrappers, and on other systems
	peek *rawReader // looks into sock, and reads for TLS what has arrived; nil for wrappers, and on other systems

	// waited says that the last Read found nothing at first, or that this cannot be seen. It belongs to the owner of the
	// turn.
	waited bool
	// arrivedOnly makes Read give what has arrived, without waiting. It belongs to the owner of the turn.
	arrivedOnly bool

	mu          sync.Mutex
	turn        uint64
	deaf        bool      // the turn is draining: its interrupts and deadlines no longer count
	interrupted bool      // a read returns at once, until clear
	deadline    time.Time // of reads, unless interrupted
	armed       bool      // a read deadline is set on nc
	armedWrites bool      // a write deadline is set on nc
	closed      bool
	gone        chan struct{} // closed when closed is set
}

func newLink(d dialled) *link {
	l := &link{nc: d.Conn, sock: d.sock, peek: newRawReader(d.sock), gone: make(chan struct{})}
	if d.encrypted() {
		d.below.link = l
	} else {
		l.bare = l.peek
	}
	return l
}

// Read reads once. It is for the protocol.Reader, in the hands of whoever owns the turn.
func (l *link) Read(p []byte) (int, error) {
	switch {
	case l.arrivedOnly && l.bare == nil:
		return l.readArrived(p)
	case l.arrivedOnly:
		return l.bare.ReadNow(p)
	case l.bare != nil && rawReads:
		n, err := l.bare.Read(p)
		l.waited = l.bare.waited
		return n, err
	}
	l.waited = l.peek == nil || !l.peek.Pending()
	return l.nc.Read(p)
}

// begin starts the next turn, free of what was left of the last one.
func (l *link) begin() (turn uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn++
	l.rest()
	return l.turn
}

// interrupt makes the turn's reads and writes return at once, until clear.
func (l *link) interrupt(turn uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if turn != l.turn || l.deaf || l.interrupted {
		return
	}
	l.interrupted = true
	l.arm(past)
}

// interruptWrites is interrupt for a turn that may be in its write. The connection does not survive a write cut short.
func (l *link) interruptWrites(turn uint64) {
	l.interrupt(turn)
	l.mu.Lock()
	defer l.mu.Unlock()
	if turn == l.turn && !l.deaf {
		l.armWrites(past)
	}
}

// clear takes an interrupt of the turn back.
func (l *link) clear(turn uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if turn == l.turn && !l.deaf && l.interrupted {
		l.interrupted = false
		l.arm(l.deadline)
	}
}

// bound sets the deadline of the turn's reads; the zero time is none.
func (l *link) bound(turn uint64, deadline time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if turn != l.turn || l.deaf {
		return
	}
	l.deadline = deadline
	if !l.interrupted {
		l.arm(deadline)
	}
}

// drain makes the turn deaf: from here on only this deadline bounds it, or a close.
func (l *link) drain(deadline time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf, l.interrupted = true, false
	l.arm(deadline)
	l.armWrites(deadline)
}

// endTurn leaves the link without deadlines; whoever still holds the turn's number reaches nothing.
func (l *link) endTurn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn++
	l.rest()
}

// rest is the link without flags and deadlines. The caller holds l.mu.
func (l *link) rest() {
	l.deaf, l.interrupted, l.deadline = false, false, time.Time{}
	l.arm(time.Time{})
	l.armWrites(time.Time{})
}

// arm sets the read deadline. Where none can be set, interrupting means closing. The caller holds l.mu.
func (l *link) arm(t time.Time) {
	if l.closed || t.IsZero() && !l.armed {
		return
	}
	l.armed = !t.IsZero()
	if err := l.nc.SetReadDeadline(t); err != nil && !t.IsZero() {
		l.closeLocked()
	}
}

// armWrites sets the write deadline. Where none can be set, arm has closed the connection. The caller holds l.mu.
func (l *link) armWrites(t time.Time) {
	if !l.closed && (!t.IsZero() || l.armedWrites) {
		l.armedWrites = !t.IsZero()
		_ = l.nc.SetWriteDeadline(t)
	}
}

// abort closes the socket if the turn is still the one meant.
func (l *link) abort(turn uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if turn == l.turn {
		l.closeLocked()
	}
}

// close closes the socket: whoever reads or writes returns. Unread bytes make it a reset, which stops a backend that
// sends.
func (l *link) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closeLocked()
}

func (l *link) closeLocked() {
	if !l.closed {
		l.closed = true
		close(l.gone)
		_ = l.sock.Close() // not nc: a TLS goodbye could block on a peer that does not read
	}
}
