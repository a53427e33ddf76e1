package fakepg

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Conn is one connection of a client, as its script sees it. It belongs to the script's goroutine, except for the
// methods Received, Wire, Cancelled, Done and SetCancelled.
type Conn struct {
	PID uint32 // sent as BackendKeyData by Greet
	Key []byte // sent together with PID

	server      *Server
	number      int
	socket      *tap                // below TLS
	session     *tap                // used by the script: socket, or TLS over it
	clear       atomic.Pointer[tap] // session, for other goroutines
	backend     *pgproto3.Backend
	startup     *pgproto3.StartupMessage
	packet      []byte
	tls         *tls.ConnectionState
	certificate *x509.Certificate // the server's own, under TLS
	statements  map[string]string // the texts of the prepared statements, by name
	query       *Query            // the last one read; nil: treated as a single extended query

	cancelled chan struct{}
	cancel    sync.Once
	killed    atomic.Bool
	deaf      chan struct{} // closed by Deaf, after which the script does not notice that the client has closed
	scripted  chan struct{} // closed when its script has returned
	done      chan struct{}
}

var nextPID atomic.Uint32

func newConn(s *Server, socket net.Conn) *Conn {
	pid := 1000 + nextPID.Add(1)
	c := &Conn{
		deaf: make(chan struct{}), statements: make(map[string]string),
		PID: pid, Key: []byte{0x5e, 0xc4, byte(pid >> 8), byte(pid)},
		server: s, cancelled: make(chan struct{}), scripted: make(chan struct{}), done: make(chan struct{}),
	}
	c.socket = &tap{Conn: socket, bound: s.settings.deadline}
	c.use(c.socket)
	return c
}

func (c *Conn) use(session *tap) {
	c.session = session
	c.clear.Store(session)
	c.backend = pgproto3.NewBackend(session, session)
}

// Number returns the index of the connection in the order in which connections were accepted, from 0. Connections with
// CancelRequests count.
func (c *Conn) Number() int { return c.number }

// Server returns the server that has accepted the connection.
func (c *Conn) Server() *Server { return c.server }

// StartupMessage returns the client's StartupMessage; nil under Raw, and if pgproto3 cannot decode it.
func (c *Conn) StartupMessage() *pgproto3.StartupMessage { return c.startup }

// StartupPacket returns the bytes of the StartupMessage, without its length.
func (c *Conn) StartupPacket() []byte { return c.packet }

// TLS returns the state of the TLS connection, or nil without TLS.
func (c *Conn) TLS() *tls.ConnectionState { return c.tls }

// Received returns what the client has sent so far, decrypted. Any goroutine may call it.
func (c *Conn) Received() []byte {
	session := c.clear.Load()
	if session == c.socket {
		return c.socket.taken()
	}
	return append(c.socket.before(), session.taken()...)
}

// Wire returns what has arrived over the network so far. Any goroutine may call it.
func (c *Conn) Wire() []byte { return c.socket.taken() }

// Cancelled returns a channel that is closed when a hook has forwarded a CancelRequest for this connection. Any
// goroutine may call it.
func (c *Conn) Cancelled() <-chan struct{} { return c.cancelled }

// Done returns a channel that is closed when the connection has ended. Any goroutine may call it.
func (c *Conn) Done() <-chan struct{} { return c.done }

// SetCancelled has the effect of a CancelRequest that was forwarded. Any goroutine may call it.
func (c *Conn) SetCancelled() { c.cancel.Do(func() { close(c.cancelled) }) }

// Socket returns the network connection below TLS, for steps that Conn does not have.
func (c *Conn) Socket() net.Conn { return c.socket.Conn }

// kill closes the socket, even if a read or a write is under way. It may be called from any goroutine.
func (c *Conn) kill() {
	c.killed.Store(true)
	_ = c.socket.Conn.Close()
}

// failed adds the step to err. An error that was caused by the end of the test becomes errEnd, to distinguish it from
// the error of a script that took too long.
func (c *Conn) failed(step string, err error) error {
	select {
	case <-c.server.ending:
		if c.killed.Load() {
			err = errEnd
		}
	default:
	}
	return fmt.Errorf("%s: %w", step, err)
}

// clientLeft reports whether err only means that the client or the test has ended the connection.
func clientLeft(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	var network *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.ErrClosedPipe) || errors.Is(err, errEnd) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, errNoTLS) || errors.As(err, &network)
}
