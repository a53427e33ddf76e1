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

// Proxy stands between one connection, with its cancel requests, and the server. It passes every byte on until it is
// ordered to do harm.
type Proxy struct {
	folder  string // of its Unix sockets
	stopped chan struct{}
	flows   sync.WaitGroup

	mu     sync.Mutex
	plan   [2][2]Harm // by role and direction
	links  []*link
	dialed func(n int) error // may refuse the n-th cancel connection, counted from 1, or block
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

// NewProxy is a proxy that ends with the test.
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
	folder, err := os.MkdirTemp("", "proxy") // testing's folders may be too long for a socket's path
	if err != nil {
		return nil, err
	}
	return &Proxy{folder: folder, stopped: make(chan struct{})}, nil
}

// Through is a change to a configuration, for Connect: all connections are dialled through the proxy.
func (p *Proxy) Through(cfg *conn.Config) { cfg.Dial = p.Dial }

// Dial is for Config.Dial: a socket of the kind that was asked for, whose other end is forwarded to the server.
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

// pair is two ends of one connection.
func (p *Proxy) pair(network string) (client, inner net.Conn, err error) {
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(p.folder, "socket")
	}
	p.mu.Lock() // a Unix socket's path is there once at a time
	defer p.mu.Unlock()
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, nil, err
	}
	defer l.Close() // it has served its one client
	if client, err = net.Dial(network, l.Addr().String()); err != nil {
		return nil, nil, err
	}
	if inner, err = l.Accept(); err != nil {
		return nil, nil, errors.Join(err, client.Close())
	}
	return client, inner, nil
}

// start forwards both ways.
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

// Order does harm from now on.
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

// OrderBoth does harm in both directions.
func (p *Proxy) OrderBoth(who Role, h Harm) {
	p.Order(who, TowardsClient, h)
	p.Order(who, TowardsServer, h)
}

// Hold lets nothing pass any more, on any connection, not even an end. Heal undoes it.
func (p *Proxy) Hold() {
	p.OrderBoth(MainConnection, Harm{End: Hole})
	p.OrderBoth(Cancels, Harm{End: Hole})
}

// Heal lets everything pass that still can: what was held back too.
func (p *Proxy) Heal() {
	p.OrderBoth(MainConnection, Harm{})
	p.OrderBoth(Cancels, Harm{})
}

// WaitHarmed waits until an ending has come about on a connection.
func (p *Proxy) WaitHarmed(t testing.TB, who Role) {
	t.Helper()
	Eventually(t, "the proxy's harm", func() bool { return p.Harmed(who) })
}

// OnDial is asked before each cancel connection is made.
func (p *Proxy) OnDial(dialed func(n int) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dialed = dialed
}

// Harmed says whether an ending has come about on a connection, in any direction.
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
	l.client.Close() // nothing is to be saved
	l.server.Close() // nothing is to be saved
}

// reset closes so that the other ends see a broken connection. A Unix socket does that only with unread data in it.
func (l *link) reset() {
	for _, s := range []socket{l.client, l.server} {
		if tcp, ok := s.(*net.TCPConn); ok {
			tcp.SetLinger(0) // it may be closed already
		}
	}
	l.close()
}
