package served

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
)

// tlsListener speaks TLS after the SSLRequest with which every connection, including that of a CancelRequest, begins
// ("SSL Session Encryption").
type tlsListener struct {
	net.Listener
	cfg *tls.Config
}

// Accept implements net.Listener. The handshake takes place at the first read.
func (l *tlsListener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tlsConn{Conn: tls.Server(nc, l.cfg), bare: nc}, nil
}

// tlsConn answers the SSLRequest before its first read, in the goroutine that serves the connection.
type tlsConn struct {
	*tls.Conn
	bare   net.Conn
	once   sync.Once
	failed error
}

func (c *tlsConn) Read(p []byte) (int, error) {
	c.once.Do(c.accept)
	if c.failed != nil {
		return 0, c.failed
	}
	return c.Conn.Read(p)
}

func (c *tlsConn) accept() {
	var request [8]byte
	if _, c.failed = io.ReadFull(c.bare, request[:]); c.failed == nil {
		_, c.failed = c.bare.Write([]byte{'S'})
	}
}
