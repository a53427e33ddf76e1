package integration_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

// proxy stands between a client and a server. It forwards every byte, until it is told to hold what passes.
type proxy struct {
	t       testing.TB
	flows   sync.WaitGroup
	stopped chan struct{}

	mu      sync.Mutex
	gate    chan struct{} // closed: bytes pass
	slowly  func()        // called before each piece of pieces bytes towards the client; nil: no pieces
	pieces  int
	sockets []net.Conn
}

// connectThrough is a connection through a proxy of its own, its cancel requests included. It is closed when the test
// ends, and so is the proxy.
func connectThrough(t testing.TB, dsn string, change func(*conn.Config)) (*conn.Conn, *proxy) {
	t.Helper()
	p := &proxy{t: t, stopped: make(chan struct{}), gate: make(chan struct{})}
	close(p.gate)
	t.Cleanup(p.stop)
	c := connectAs(t, dsn, func(cfg *conn.Config) {
		cfg.Dial = p.dial
		change(cfg)
	})
	return c, p
}

// dial gives the client a socket of its own, whose other end is forwarded to the server.
func (p *proxy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	server, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close() // it has served its one client
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, err
	}
	inner, err := l.Accept()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.sockets = append(p.sockets, server, inner)
	p.mu.Unlock()
	p.flows.Go(func() { p.forward(server, inner, false) })
	p.flows.Go(func() { p.forward(inner, server, true) })
	return client, nil
}

// forward moves bytes one way until either end is closed, and then closes both.
func (p *proxy) forward(to, from net.Conn, toClient bool) {
	defer to.Close()   // nothing is to be saved
	defer from.Close() // nothing is to be saved
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if !p.pass() {
			return
		}
		for sent := 0; sent < n; {
			piece := p.piece(n-sent, toClient)
			if _, err := to.Write(buf[sent : sent+piece]); err != nil {
				return
			}
			sent += piece
		}
		if err != nil {
			return
		}
	}
}

// piece is how many of n bytes to send next.
func (p *proxy) piece(n int, toClient bool) int {
	p.mu.Lock()
	slowly, pieces := p.slowly, p.pieces
	p.mu.Unlock()
	if slowly == nil || !toClient {
		return n
	}
	slowly()
	return min(n, pieces)
}

// pass waits while the proxy holds; false means that it is stopped.
func (p *proxy) pass() bool {
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	select {
	case <-gate:
		return true
	case <-p.stopped:
		return false
	}
}

// hold lets nothing pass any more, not even an end; release lets everything.
func (p *proxy) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gate = make(chan struct{})
}

func (p *proxy) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.gate)
}

// dribble sends single bytes towards the client, so far apart.
func (p *proxy) dribble(apart time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowly, p.pieces = func() { time.Sleep(apart) }, 1
}

// flood undoes dribble.
func (p *proxy) flood() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slowly = nil
}

func (p *proxy) stop() {
	close(p.stopped)
	p.mu.Lock()
	for _, nc := range p.sockets {
		nc.Close() // nothing is to be saved
	}
	p.mu.Unlock()
	p.flows.Wait()
}
