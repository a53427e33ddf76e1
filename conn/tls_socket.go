package conn

import "net"

// tlsSocket is a socket as TLS reads it. Where only what has arrived is wanted, a read of it does not wait: TLS goes on
// after a timeout, wherever in a record it came, as it does after a deadline.
type tlsSocket struct {
	net.Conn
	link *link // nil until the handshake is over
}

func (s *tlsSocket) Read(p []byte) (int, error) {
	if s.link == nil || !s.link.arrivedOnly {
		return s.Conn.Read(p)
	}
	n, err := s.link.peek.ReadNow(p)
	if n == 0 && err == nil && len(p) > 0 {
		err = nothingArrived{}
	}
	return n, err
}

// readArrived gives what has arrived through TLS, without waiting, and 0 bytes without an error where nothing has, or
// where that cannot be seen.
func (l *link) readArrived(p []byte) (int, error) {
	if l.nc == l.sock || l.peek == nil {
		return 0, nil
	}
	n, err := l.nc.Read(p)
	if err == (nothingArrived{}) {
		err = nil
	}
	return n, err
}

// nothingArrived is a timeout to TLS: a net.Error that passes.
type nothingArrived struct{}

func (nothingArrived) Error() string { return "nothing has arrived" }

// Timeout is part of net.Error.
func (nothingArrived) Timeout() bool { return true }

// Temporary is what TLS asks.
func (nothingArrived) Temporary() bool { return true }
