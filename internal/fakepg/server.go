package fakepg

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Script is the function that the server runs for each connection.
type Script func(c *Conn) error

// errEnd is returned by steps that were interrupted by the end of the test.
var errEnd = errors.New("the test has ended")

// Server is a scripted server. Any goroutine may call its methods.
type Server struct {
	t        testing.TB
	script   Script
	settings settings
	listener net.Listener
	host     string
	port     uint16

	ending   chan struct{} // closed when the test ends
	marked   chan struct{} // closed by Conn.Mark
	marking  sync.Once
	handlers sync.WaitGroup

	mu      sync.Mutex
	conns   []*Conn
	cancels []Cancel
	ended   bool
}

// Start listens on 127.0.0.1 and runs script for each connection, until the end of the test.
func Start(t testing.TB, script Script, options ...Option) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("fakepg: %v", err)
	}
	return start(t, l, "127.0.0.1", uint16(l.Addr().(*net.TCPAddr).Port), script, options)
}

// StartUnix listens on a unix socket in a new directory, which Host returns.
func StartUnix(t testing.TB, script Script, options ...Option) *Server {
	t.Helper()
	// Not t.TempDir: with a long test name the path would exceed the maximum length of a socket's path.
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatalf("fakepg: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatalf("fakepg: %v", err)
	}
	return start(t, l, dir, 5432, script, options)
}

// StartTLS is Start with a server that accepts TLS. Its certificate for 127.0.0.1 and localhost is signed by
// TestAuthority.
func StartTLS(t testing.TB, script Script, options ...Option) *Server {
	t.Helper()
	cfg := &tls.Config{Certificates: []tls.Certificate{TestAuthority().Issue(nil)}}
	return Start(t, script, append([]Option{OnSSLRequest(AcceptTLS(cfg))}, options...)...)
}

func start(t testing.TB, l net.Listener, host string, port uint16, script Script, options []Option) *Server {
	s := &Server{
		t: t, script: script, settings: defaults(), listener: l, host: host, port: port,
		ending: make(chan struct{}), marked: make(chan struct{}),
	}
	for _, o := range options {
		o(&s.settings)
	}
	s.handlers.Add(1)
	go s.accept()
	t.Cleanup(s.end)
	return s
}

// Host returns the host for a connection string: an address, or the directory of the unix socket.
func (s *Server) Host() string { return s.host }

// Port returns the port for a connection string.
func (s *Server) Port() uint16 { return s.port }

// Network returns the network and address for net.Dial.
func (s *Server) Network() (network, address string) {
	return s.listener.Addr().Network(), s.listener.Addr().String()
}

// DSN returns a connection string with the server, user and database fake, no password, and sslmode=disable. more adds
// parameters or overrides these, as in DSN("sslmode=require", "application_name=x").
func (s *Server) DSN(more ...string) string {
	v := url.Values{}
	v.Set("host", s.host)
	v.Set("port", strconv.Itoa(int(s.port)))
	v.Set("user", "fake")
	v.Set("sslmode", "disable")
	for _, m := range more {
		values, err := url.ParseQuery(m)
		if err != nil {
			panic("BUG: fakepg: a DSN parameter does not parse")
		}
		for key := range values {
			v.Set(key, values.Get(key))
		}
	}
	return "postgres:///fake?" + v.Encode()
}

func (s *Server) accept() {
	defer s.handlers.Done()
	for {
		socket, err := s.listener.Accept()
		if err != nil {
			return
		}
		c := newConn(s, socket)
		if !s.admit(c) {
			c.kill()
			return
		}
		go func() {
			defer s.handlers.Done()
			s.handle(c)
		}()
	}
}

// admit adds the connection, unless the server has ended.
func (s *Server) admit(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	c.number = len(s.conns)
	s.conns = append(s.conns, c)
	s.handlers.Add(1)
	return true
}

func (s *Server) handle(c *Conn) {
	defer close(c.done)
	defer c.kill()
	err := c.run()
	close(c.scripted)
	if err == nil {
		err = c.linger()
	}
	if err == nil || errors.Is(err, errLeft) || s.settings.tolerant && clientLeft(err) {
		return
	}
	s.t.Errorf("fakepg: script of connection %d: %v", c.number, err)
}

// end stops the server. It waits for the scripts: those that wait for the end of the test go on at once, and each step
// of the others has a timeout. It does not wait for clients that are still connected.
func (s *Server) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	close(s.ending)
	_ = s.listener.Close()
	for _, c := range s.connections() {
		if !s.settings.tolerant {
			<-c.scripted
		}
		c.kill()
	}
	s.handlers.Wait()
}

// connections returns the connections accepted so far.
func (s *Server) connections() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Conn(nil), s.conns...)
}

// AwaitClients waits until every connection accepted so far has ended: its script has returned and one side has closed
// it. Connections that called Deaf are left out.
func (s *Server) AwaitClients(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for _, c := range s.connections() {
		select {
		case <-c.done:
		case <-c.deaf: // it would not notice that the client has closed
		case <-timer.C:
			return fmt.Errorf("connection %d is still open after %v", c.number, d)
		}
	}
	return nil
}

// Connections returns the number of connections accepted so far, including those of CancelRequests.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Received returns all bytes that clients have sent so far, decrypted, one connection after the other.
func (s *Server) Received() []byte { return s.collect((*Conn).Received) }

// Wire returns all bytes that have arrived over the network so far, encrypted if there was TLS.
func (s *Server) Wire() []byte { return s.collect((*Conn).Wire) }

func (s *Server) collect(part func(*Conn) []byte) []byte {
	var all []byte
	for _, c := range s.connections() {
		all = append(all, part(c)...)
	}
	return all
}
