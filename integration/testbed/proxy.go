package testbed

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

// Proxy is between one connection, with its cancel requests, and the server. It passes all bytes on until Order tells
// it to do otherwise.
type Proxy struct {
	folder  string // of its Unix sockets
	stopped chan struct{}
	flows   sync.WaitGroup

	mu     sync.Mutex
	plan   [2][2]Harm // by role and direction
	links  []*link
	dialed func(n int) error // called for the n-th cancel connection, counted from 1; may return an error, or block
}

// link is one connection through a proxy.
type link struct {
	client, server socket
	flows          [2]*flow // by direction
}

// socket is a *net.TCPConn or a *net.UnixConn.
type socket interface {
	net.Conn
	CloseWrite() error
}

// NewProxy returns a proxy that stops when the test ends.
func NewProxy(t testing.TB) *Proxy {
	t.Helper()
	p, err := StartProxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// StartProxy is NewProxy for a program that stops its proxies itself.
func StartProxy() (*Proxy, error) {
	folder, err := os.MkdirTemp("", "proxy") // the path of t.TempDir may be too long for a socket
	if err != nil {
		return nil, err
	}
	return &Proxy{folder: folder, stopped: make(chan struct{})}, nil
}

// Through is a change to a configuration, for Connect: all connections are dialled through the proxy.
func (p *Proxy) Through(cfg *conn.Config) { cfg.Dial = p.Dial }

// Dial is a function for Config.Dial. It returns a socket of the given network, whose other end is forwarded to the
// server.
func (p *Proxy) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	p.mu.Lock()
	n, dialed := len(p.links), p.dialed
	p.mu.Unlock()
	if dialed != nil && n > 0 {
		if err := dialed(n); err != nil {
			return nil, err
		}
	}
	server, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	client, inner, err := p.pair(network)
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	p.start(&link{client: inner.(socket), server: server.(socket)}) // tcp or unix
	return client, nil
}

// pair returns the two ends of one connection.
func (p *Proxy) pair(network string) (client, inner net.Conn, err error) {
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(p.folder, "socket")
	}
	p.mu.Lock() // all Unix sockets use the same path
	defer p.mu.Unlock()
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, nil, err
	}
	defer l.Close() // it is needed for one client only
	if client, err = net.Dial(network, l.Addr().String()); err != nil {
		return nil, nil, err
	}
	if inner, err = l.Accept(); err != nil {
		return nil, nil, errors.Join(err, client.Close())
	}
	return client, inner, nil
}

// start starts forwarding in both directions.
func (p *Proxy) start(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who := min(Role(len(p.links)), Cancels)
	p.links = append(p.links, l)
	var both sync.WaitGroup
	for d := range l.flows {
		f := &flow{proxy: p, from: l.server, to: l.client, link: l, ordered: make(chan struct{}), harm: p.plan[who][d]}
		if Direction(d) == TowardsServer {
			f.from, f.to = f.to, f.from
		}
		l.flows[d] = f
		both.Add(1)
		p.flows.Go(func() {
			defer both.Done()
			f.run()
		})
	}
	p.flows.Go(func() {
		both.Wait()
		l.close()
	})
}

// Order applies h from now on.
func (p *Proxy) Order(who Role, d Direction, h Harm) {
	p.mu.Lock()
	p.plan[who][d] = h
	links := p.links
	p.mu.Unlock()
	for i, l := range links {
		if (i == 0) == (who == MainConnection) {
			l.flows[d].order(h)
		}
	}
}

// OrderBoth applies h in both directions.
func (p *Proxy) OrderBoth(who Role, h Harm) {
	p.Order(who, TowardsClient, h)
	p.Order(who, TowardsServer, h)
}

// Hold lets nothing pass any more, on any connection, not even EOF. Heal undoes it.
func (p *Proxy) Hold() {
	p.OrderBoth(MainConnection, Harm{End: Hole})
	p.OrderBoth(Cancels, Harm{End: Hole})
}

// Heal lets everything pass again, including what was held back, on connections that are still open.
func (p *Proxy) Heal() {
	p.OrderBoth(MainConnection, Harm{})
	p.OrderBoth(Cancels, Harm{})
}

// WaitHarmed waits until an ending has taken effect on a connection.
func (p *Proxy) WaitHarmed(t testing.TB, who Role) {
	t.Helper()
	Eventually(t, "the proxy's harm", func() bool { return p.Harmed(who) })
}

// OnDial sets a function that is called before each cancel connection is made.
func (p *Proxy) OnDial(dialed func(n int) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dialed = dialed
}

// Harmed reports whether an ending has taken effect on a connection, in any direction.
func (p *Proxy) Harmed(who Role) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, l := range p.links {
		for _, f := range l.flows {
			f.mu.Lock()
			met := f.met
			f.mu.Unlock()
			if met && (i == 0) == (who == MainConnection) {
				return true
			}
		}
	}
	return false
}

// Stop breaks all connections and waits for the proxy's goroutines.
func (p *Proxy) Stop() {
	close(p.stopped)
	p.mu.Lock()
	for _, l := range p.links {
		l.close()
	}
	p.mu.Unlock()
	p.flows.Wait()
	os.RemoveAll(p.folder) // a temporary folder
}

func (l *link) close() {
	l.client.Close() // nothing to save
	l.server.Close() // nothing to save
}

// reset closes both sockets so that their peers see a reset. A Unix socket is reset only if it has unread data.
func (l *link) reset() {
	for _, s := range []socket{l.client, l.server} {
		if tcp, ok := s.(*net.TCPConn); ok {
			tcp.SetLinger(0) // the socket may be closed already
		}
	}
	l.close()
}
