package link

import "time"

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
	if l.closed || t.IsZero() && !l.readDeadline {
		return
	}
	l.readDeadline = !t.IsZero()
	if err := l.nc.SetReadDeadline(t); err != nil && !t.IsZero() {
		l.close()
	}
}

// setWriteDeadline needs no look at the error: where no deadline can be set, setReadDeadline has closed the socket.
func (l *Link) setWriteDeadline(t time.Time) {
	if l.closed || t.IsZero() && !l.writeDeadline {
		return
	}
	l.writeDeadline = !t.IsZero()
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
