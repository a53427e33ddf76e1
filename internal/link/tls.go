package link

import "net"

// BelowTLS is the socket that a TLS connection reads. The code above TLS can make its reads return at once instead of
// waiting: to TLS this is a timeout, after which it can go on, even in the middle of a record.
type BelowTLS struct {
	net.Conn            // the socket
	raw      *rawSocket // set while reads must not wait
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
func (s *BelowTLS) readArrived(nc net.Conn, raw *rawSocket, p []byte) (int, error) {
	s.raw = raw
	defer func() { s.raw = nil }()
	n, err := nc.Read(p)
	if err == (nothingArrived{}) {
		err = nil
	}
	return n, err
}

// nothingArrived is a net.Error that TLS treats as a temporary timeout.
type nothingArrived struct{}

// Error implements net.Error.
func (nothingArrived) Error() string { return "nothing has arrived" }

// Timeout implements net.Error.
func (nothingArrived) Timeout() bool { return true }

// Temporary implements net.Error; crypto/tls calls it.
func (nothingArrived) Temporary() bool { return true }
