package link

import (
	"crypto/tls"
	"net"
	"os"
	"sync"
	"time"
)

// past is a deadline that has passed: it makes a blocked read or write return at once.
var past = time.Unix(1, 0)

// Turn is the number of one use of the link.
type Turn uint64

// Link is a socket that is used in turns.
//
// Flags and deadlines are set under one mutex, so that setting a deadline never undoes an interrupt.
type Link struct {
	nc    net.Conn   // used to read and write: a *tls.Conn with TLS
	sock  net.Conn   // the socket that was dialled, below TLS
	below *BelowTLS  // nil without TLS
	raw   *rawSocket // uses sock without net.Conn; nil for wrappers, and on systems without raw calls

	mayIgnore bool // deadlines may have no effect; see watchdog

	mu          sync.Mutex
	turn        Turn
	draining    bool      // see Drain
	interrupted bool      // reads return at once, until Clear
	deadline    time.Time // of reads, unless interrupted
	readBy      time.Time // the read deadline of nc
	writeBy     time.Time // the write deadline of nc
	closed      bool
	gone        chan struct{} // closed when closed is set
	watchdog    watchdog
}

// New returns a link over a socket without TLS. If the socket is a wrapper, patience is how long a Read or Write may go
// on after its deadline before the socket is closed.
func New(sock net.Conn, patience time.Duration) *Link {
	return &Link{
		nc: sock, sock: sock, raw: newRawSocket(sock), mayIgnore: mayIgnoreDeadlines(sock), gone: make(chan struct{}),
		watchdog: watchdog{patience: patience},
	}
}

// NewTLS returns a link over a TLS connection whose handshake over below is complete.
func NewTLS(nc net.Conn, below *BelowTLS, patience time.Duration) *Link {
	l := New(below.Conn, patience)
	l.nc, l.below = nc, below
	return l
}

// TLS returns the TLS connection, or nil. The connection may be the one that was dialled.
func (l *Link) TLS() *tls.Conn {
	nc, _ := l.nc.(*tls.Conn)
	return nc
}

// Read waits until data has arrived, and reads once. waited is true if no data had arrived before the call, or if that
// is not known.
func (l *Link) Read(p []byte) (n int, waited bool, err error) {
	if l.below == nil && l.raw != nil && rawCalls {
		return l.raw.Read(p)
	}
	waited = l.raw == nil || !l.raw.Pending()
	if !l.mayIgnore {
		n, err = l.nc.Read(p)
		return n, waited, err
	}
	if n, err = l.guarded(&l.readBy, p, l.nc.Read); err != nil && l.Expired() {
		err = os.ErrDeadlineExceeded
	}
	return n, waited, err
}

// ReadArrived reads once, and does not wait: it returns 0 bytes without an error if no data has arrived, or if that is
// not known.
func (l *Link) ReadArrived(p []byte) (n int, err error) {
	switch {
	case l.raw == nil:
		return 0, nil
	case l.below != nil:
		return l.below.readArrived(l.nc, l.raw, p)
	}
	return l.raw.ReadNow(p)
}

// Ask reads once if data has already arrived. If not, it writes as much of the question as can be written without
// waiting, which may be nothing, and if that is the whole question, waits for the answer and reads once. So if sent is
// 0, an error comes from the read before the write; otherwise it comes from the wait for the answer. The caller must
// Write the part of the question that was not sent.
func (l *Link) Ask(p, question []byte) (n, sent int, err error) {
	if l.below == nil && l.raw != nil && rawCalls {
		return l.raw.Ask(p, question)
	}
	n, err = l.ReadArrived(p)
	return n, 0, err
}

// Write writes all of p. After a write that was cut short, a TLS connection cannot be used any more.
func (l *Link) Write(p []byte) (n int, err error) {
	if l.below == nil && l.raw != nil && rawCalls {
		n = l.raw.WriteNow(p)
		if n == len(p) {
			return n, nil
		}
		rest, err := l.nc.Write(p[n:])
		return n + rest, err
	}
	if !l.mayIgnore {
		return l.nc.Write(p)
	}
	return l.guarded(&l.writeBy, p, l.nc.Write)
}

// AwaitEOF reads and discards up to limit bytes, until the peer closes the connection or the deadline of the turn
// passes.
func (l *Link) AwaitEOF(limit int) {
	for p := make([]byte, 512); limit > 0; {
		n, _, err := l.Read(p)
		if err != nil {
			return
		}
		limit -= n
	}
}

// Begin starts the next turn, without the interrupts and deadlines of the last one.
func (l *Link) Begin() Turn {
	turn, _ := l.next()
	return turn
}

// End ends the turn. Calls with its number no longer have any effect. It reports whether the socket is still open: an
// Abort or Close may have closed it after the last read.
func (l *Link) End() (open bool) {
	_, open = l.next()
	return open
}

func (l *Link) next() (turn Turn, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn++
	l.reset()
	return l.turn, !l.closed
}

// Interrupt makes the turn's reads return os.ErrDeadlineExceeded at once, until Clear. Nothing that arrives is lost.
func (l *Link) Interrupt(turn Turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.interrupt(turn)
}

// InterruptWrites is Interrupt for both the reads and the writes of the turn.
func (l *Link) InterruptWrites(turn Turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.interrupt(turn)
	if l.obeys(turn) {
		l.setWriteDeadline(past)
	}
}

// interrupt REQUIRES: l.mu.
func (l *Link) interrupt(turn Turn) {
	if l.obeys(turn) && !l.interrupted {
		l.interrupted = true
		l.setReadDeadline(past)
	}
}

// Clear reverts an interrupt of the turn's reads.
func (l *Link) Clear(turn Turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.obeys(turn) && l.interrupted {
		l.interrupted = false
		l.setReadDeadline(l.deadline)
	}
}

// SetDeadline bounds the turn's reads; the zero time means no deadline. An interrupt stays in effect whatever the
// deadline.
func (l *Link) SetDeadline(turn Turn, deadline time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.obeys(turn) {
		return
	}
	l.deadline = deadline
	if !l.interrupted {
		l.setReadDeadline(deadline)
	}
}

// Drain removes the interrupts and deadlines of the current turn: from now on only this deadline bounds its reads and
// writes, and only Abort and Close end them early.
func (l *Link) Drain(deadline time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draining, l.interrupted = true, false
	l.setReadDeadline(deadline)
	l.setWriteDeadline(deadline)
}

// Abort closes the socket if turn is still the current turn.
func (l *Link) Abort(turn Turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if turn == l.turn {
		l.close()
	}
}

// Close closes the socket, which ends reads and writes under way. If received bytes are unread, the system resets the
// connection, which stops a server that is sending.
func (l *Link) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.close()
}

// Closed returns a channel that is closed together with the socket.
func (l *Link) Closed() <-chan struct{} { return l.gone }
