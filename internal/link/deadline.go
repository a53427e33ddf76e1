package link

import (
	"net"
	"time"
)

// What is here is for the holder of l.mu.

// obeys says whether an interrupt or a deadline of this turn counts.
func (l *Link) obeys(turn Turn) bool { return turn == l.turn && !l.draining }

// reset removes the flags and deadlines of a turn.
func (l *Link) reset() {
	l.draining, l.interrupted, l.deadline = false, false, time.Time{}
	l.setReadDeadline(time.Time{})
	l.setWriteDeadline(time.Time{})
}

// setReadDeadline closes the socket where no deadline can be set.
func (l *Link) setReadDeadline(t time.Time) {
	if l.closed || t.IsZero() && l.readBy.IsZero() {
		return
	}
	l.readBy = t
	l.watch(t)
	if err := l.nc.SetReadDeadline(t); err != nil && !t.IsZero() {
		l.close()
	}
}

// setWriteDeadline needs no look at the error, and no watch: wherever it is called, setReadDeadline was called before.
func (l *Link) setWriteDeadline(t time.Time) {
	if l.closed || t.IsZero() && l.writeBy.IsZero() {
		return
	}
	l.writeBy = t
	_ = l.nc.SetWriteDeadline(t)
}

// close leaves the goodbye of TLS out: it could block on a peer that does not read.
func (l *Link) close() {
	if !l.closed {
		l.closed = true
		close(l.gone)
		_ = l.sock.Close()
	}
}

// Expire makes all reads and writes of a socket that no link owns yet return soon, and every later one at once.
func Expire(sock net.Conn) {
	if mayIgnoreDeadlines(sock) {
		_ = sock.Close()
		return
	}
	_ = sock.SetDeadline(past)
}

// mayIgnoreDeadlines says that sock is a wrapper that we know nothing of.
func mayIgnoreDeadlines(sock net.Conn) bool {
	switch sock.(type) {
	case *net.TCPConn, *net.UnixConn, *timed:
		return false
	}
	return true
}
