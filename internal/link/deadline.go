package link

import (
	"net"
	"time"
)

// The caller of the methods below holds l.mu.

// obeys reports whether an interrupt or a deadline of this turn takes effect.
func (l *Link) obeys(turn Turn) bool { return turn == l.turn && !l.draining }

// reset removes the flags and deadlines of a turn.
func (l *Link) reset() {
	l.draining, l.interrupted, l.deadline = false, false, time.Time{}
	l.setReadDeadline(time.Time{})
	l.setWriteDeadline(time.Time{})
}

// setReadDeadline closes the socket if the deadline cannot be set.
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

// setWriteDeadline need not check the error or start the watchdog: its callers have called setReadDeadline before.
func (l *Link) setWriteDeadline(t time.Time) {
	if l.closed || t.IsZero() && l.writeBy.IsZero() {
		return
	}
	l.writeBy = t
	_ = l.nc.SetWriteDeadline(t)
}

// close sends no TLS close_notify alert, which could block on a peer that does not read.
func (l *Link) close() {
	if !l.closed {
		l.closed = true
		close(l.gone)
		_ = l.sock.Close()
	}
}

// Expire makes all reads and writes of a socket that no link owns yet return soon, and all later ones at once.
func Expire(sock net.Conn) {
	if mayIgnoreDeadlines(sock) {
		_ = sock.Close()
		return
	}
	_ = sock.SetDeadline(past)
}

// mayIgnoreDeadlines reports whether sock is of an unknown type, whose deadlines may have no effect.
func mayIgnoreDeadlines(sock net.Conn) bool {
	switch sock.(type) {
	case *net.TCPConn, *net.UnixConn, *timed:
		return false
	}
	return true
}
