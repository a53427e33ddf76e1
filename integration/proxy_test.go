package integration_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

// A relay stands between one connection and its server, and does harm when told: to the main connection, or to those
// that carry its cancel requests; to what goes towards the client, or towards the server.

// role says which of a relay's connections are meant.
type role int

const (
	mainConnection role = iota // the first one dialled
	cancels                    // all others, also those that are still to come
)

// direction is the way that bytes go.
type direction int

const (
	towardsClient direction = iota
	towardsServer
)

// ending is what becomes of a flow of bytes once harm.after have passed.
type ending int

const (
	goesOn    ending = iota
	hole             // nothing passes any more, not even an end; both sides stay open
	halfClose        // the receiver sees an end of file, the sender nothing; the other way goes on
	shutDown         // both sockets are closed in good order
	reset            // both sockets are reset, as far as their kind has that
)

// harm is what a relay does to the bytes of one direction.
type harm struct {
	after  int           // so many bytes pass before the ending, counted from when the harm was ordered
	end    ending        // and then this happens
	delay  time.Duration // before each piece
	pieces func() int    // the size of each piece, at least 1; nil: as they come
	rate   int           // bytes a second; 0: as fast as they come
}

// relay forwards every connection that is dialled through it.
type relay struct {
	folder  string // of its Unix sockets
	stopped chan struct{}
	flows   sync.WaitGroup

	mu     sync.Mutex
	plan   [2][2]harm // by role and direction
	links  []*relayed
	dialed func(n int) error // may refuse the n-th cancel connection, counted from 1, or block
}

// relayed is one connection through a relay.
type relayed struct {
	client, server socket
	flows          [2]*flow // by direction
}

// socket is a *net.TCPConn or a *net.UnixConn.
type socket interface {
	net.Conn
	CloseWrite() error
}

// newRelay is a relay that does no harm yet. It ends with the test.
func newRelay(t testing.TB) *relay {
	t.Helper()
	folder, err := os.MkdirTemp("", "relay") // t.TempDir may be too long for a socket's path
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{folder: folder, stopped: make(chan struct{})}
	t.Cleanup(func() {
		r.stop()
		os.RemoveAll(folder) // a temporary folder
	})
	return r
}

// connectRelayed is a connection through a relay of its own. change may be nil.
func connectRelayed(t testing.TB, dsn string, change func(*conn.Config)) (*conn.Conn, *relay) {
	t.Helper()
	r := newRelay(t)
	c := connectAs(t, dsn, func(cfg *conn.Config) {
		cfg.Dial = r.dial
		if change != nil {
			change(cfg)
		}
	})
	return c, r
}

// dial is for Config.Dial: a socket of the kind that was asked for, whose other end is forwarded to the server.
func (r *relay) dial(ctx context.Context, network, address string) (net.Conn, error) {
	r.mu.Lock()
	n, dialed := len(r.links), r.dialed
	r.mu.Unlock()
	if dialed != nil && n > 0 {
		if err := dialed(n); err != nil {
			return nil, err
		}
	}
	server, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	client, inner, err := r.pair(network)
	if err != nil {
		return nil, errors.Join(err, server.Close())
	}
	r.start(&relayed{client: inner.(socket), server: server.(socket)}) // tcp or unix
	return client, nil
}

// pair is two ends of one connection.
func (r *relay) pair(network string) (client, inner net.Conn, err error) {
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(r.folder, "socket")
	}
	r.mu.Lock() // a Unix socket's path is there once at a time
	defer r.mu.Unlock()
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
func (r *relay) start(l *relayed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	who := min(role(len(r.links)), cancels)
	r.links = append(r.links, l)
	var both sync.WaitGroup
	for d := range l.flows {
		f := &flow{relay: r, from: l.server, to: l.client, link: l, ordered: make(chan struct{}), harm: r.plan[who][d]}
		if direction(d) == towardsServer {
			f.from, f.to = f.to, f.from
		}
		l.flows[d] = f
		both.Add(1)
		r.flows.Go(func() {
			defer both.Done()
			f.run()
		})
	}
	r.flows.Go(func() {
		both.Wait()
		l.close()
	})
}

// order does harm from now on.
func (r *relay) order(who role, d direction, h harm) {
	r.mu.Lock()
	r.plan[who][d] = h
	links := r.links
	r.mu.Unlock()
	for i, l := range links {
		if (i == 0) == (who == mainConnection) {
			l.flows[d].order(h)
		}
	}
}

// orderBoth does harm in both directions.
func (r *relay) orderBoth(who role, h harm) {
	r.order(who, towardsClient, h)
	r.order(who, towardsServer, h)
}

// heal lets everything pass that still can: what was held back too.
func (r *relay) heal() {
	r.orderBoth(mainConnection, harm{})
	r.orderBoth(cancels, harm{})
}

// onDial is asked before each cancel connection is made.
func (r *relay) onDial(dialed func(n int) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dialed = dialed
}

// harmed says that an ending has come about, anywhere.
func (r *relay) harmed(who role) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, l := range r.links {
		for _, f := range l.flows {
			f.mu.Lock()
			met := f.met
			f.mu.Unlock()
			if met && (i == 0) == (who == mainConnection) {
				return true
			}
		}
	}
	return false
}

// stop ends the relay and waits for its goroutines.
func (r *relay) stop() {
	close(r.stopped)
	r.mu.Lock()
	for _, l := range r.links {
		l.close()
	}
	r.mu.Unlock()
	r.flows.Wait()
}

func (l *relayed) close() {
	l.client.Close() // nothing is to be saved
	l.server.Close() // nothing is to be saved
}

// reset closes so that the other ends see a broken connection. A Unix socket does that only with unread data in it.
func (l *relayed) reset() {
	for _, s := range []socket{l.client, l.server} {
		if tcp, ok := s.(*net.TCPConn); ok {
			tcp.SetLinger(0) // it may be closed already
		}
	}
	l.close()
}
