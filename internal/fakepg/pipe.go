package fakepg

import (
	"context"
	"net"
	"sync"
	"testing"
)

// StartPipe is Start over net.Pipe instead of a network. Everything stays inside the process, so that time can be
// virtual (testing/synctest). Clients connect with Dial. A pipe has no buffer: a write waits until it is read.
func StartPipe(t testing.TB, script Script, options ...Option) *Server {
	t.Helper()
	return start(t, &pipes{made: make(chan net.Conn), closed: make(chan struct{})}, "127.0.0.1", 5432, script, options)
}

// Dial is a function for conn.Config.Dial. It connects to a server of StartPipe, whatever the address.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p := s.listener.(*pipes)
	client, server := net.Pipe()
	select {
	case p.made <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pipes is a listener whose connections are the server's ends of pipes.
type pipes struct {
	made   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.made:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

// Network implements net.Addr.
func (pipeAddr) Network() string { return "pipe" }

func (pipeAddr) String() string { return "pipe" }
