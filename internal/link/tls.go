package link

import "net"

// BelowTLS is a socket as TLS reads it. A read of it can be told not to wait, from above TLS: TLS goes on after a
// timeout, wherever in a record it came, as it does after a deadline.
type BelowTLS struct {
	net.Conn            // the socket
	raw      *rawReader // set while only what has arrived is wanted
}

// Read waits, except within readArrived.
func (s *BelowTLS) Read(p []byte) (int, error) {
	if s.raw == nil {
		return s.Conn.Read(p)
	}
	n, err := s.raw.ReadNow(p)
	if n == 0 && err == nil && len(p) > 0 {
		err = nothingArrived{}
	}
	return n, err
}

// readArrived is ReadArrived through nc, the TLS connection over s.
func (s *BelowTLS) readArrived(nc net.Conn, raw *rawReader, p []byte) (int, error) {
	s.raw = raw
	defer func() { s.raw = nil }()
	n, err := nc.Read(p)
	if err == (nothingArrived{}) {
		err = nil
	}
	return n, err
}

// nothingArrived is a timeout to TLS: a net.Error that passes.
type nothingArrived struct{}

// Error is part of net.Error.
func (nothingArrived) Error() string { return "nothing has arrived" }

// Timeout is part of net.Error.
func (nothingArrived) Timeout() bool { return true }

// Temporary is what TLS looks at.
func (nothingArrived) Temporary() bool { return true }
