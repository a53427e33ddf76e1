package integration_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// withoutDeadlines is a connection on which setting a deadline is an error, as on the channels of an SSH connection.
type withoutDeadlines struct{ net.Conn }

var errNoDeadlines = errors.New("deadline not supported")

func (withoutDeadlines) SetDeadline(time.Time) error      { return errNoDeadlines }
func (withoutDeadlines) SetReadDeadline(time.Time) error  { return errNoDeadlines }
func (withoutDeadlines) SetWriteDeadline(time.Time) error { return errNoDeadlines }

// ignoresDeadlines is a connection whose deadlines have no effect. Once it is mute, no Read returns before Close, not
// even one that is under way.
type ignoresDeadlines struct {
	net.Conn

	mu      sync.Mutex
	changed sync.Cond // signals changes of the fields below
	reads   int       // under way
	mute    bool
	closed  bool
}

func newIgnoresDeadlines(sock net.Conn) *ignoresDeadlines {
	c := &ignoresDeadlines{Conn: sock}
	c.changed.L = &c.mu
	return c
}

func (*ignoresDeadlines) SetDeadline(time.Time) error      { return nil }
func (*ignoresDeadlines) SetReadDeadline(time.Time) error  { return nil }
func (*ignoresDeadlines) SetWriteDeadline(time.Time) error { return nil }

func (c *ignoresDeadlines) Read(p []byte) (int, error) {
	c.mu.Lock()
	c.reads++
	c.changed.Broadcast()
	c.mu.Unlock()
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.mute && !c.closed {
		c.changed.Wait()
	}
	c.reads--
	return n, err
}

func (c *ignoresDeadlines) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.changed.Broadcast()
	return c.Conn.Close()
}

// block makes c mute, and returns when a Read blocks.
func (c *ignoresDeadlines) block() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mute = true
	for c.reads == 0 {
		c.changed.Wait()
	}
}

// dialing wraps the connections of Config.Dial.
func dialing(wrap func(net.Conn) net.Conn) func(*conn.Config) {
	return func(cfg *conn.Config) {
		cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			sock, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return wrap(sock), nil
		}
	}
}

// Even without deadlines the end of a context ends Query and Next, the query stops on the server, and the same backend
// is used again.
func TestConnectionWithoutDeadlines(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		t.Parallel()
		watcher := testbed.Observe(t, dsn)
		c := testbed.Connect(t, dsn, dialing(func(sock net.Conn) net.Conn { return withoutDeadlines{sock} }))
		pid := c.PID()
		testbed.AllModes.Run(t, func(t *testing.T, m testbed.Mode) {
			cancelInQuery(t, c, watcher, m, func() {})
			testbed.WaitIdle(t, c, pid)
			cancelInNext(t, c, watcher, m, func() {}) // whether or not Next waits by then
			testbed.WaitIdle(t, c, pid)
		})
	})
}

// If deadlines have no effect, a Read that blocks ends after CancelTimeout with the connection, and the query stops on
// the server.
func TestConnectionThatIgnoresDeadlines(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		t.Parallel()
		watcher := testbed.Observe(t, dsn)
		testbed.AllModes.Run(t, func(t *testing.T, m testbed.Mode) {
			for _, cancelIn := range []func(*testing.T, *conn.Conn, *testbed.Observer, testbed.Mode, func()){
				cancelInQuery, cancelInNext,
			} {
				var sock *ignoresDeadlines // of the connection itself, which is dialled before those of its cancels
				c := testbed.Connect(t, dsn, testbed.CancelTimeout(conn.DefaultCancelTimeout/2),
					dialing(func(dialled net.Conn) net.Conn {
						wrapped := newIgnoresDeadlines(dialled)
						if sock == nil {
							sock = wrapped
						}
						return wrapped
					}))
				pid := c.PID()
				cancelIn(t, c, watcher, m, func() { testbed.Ends(t, "the wait for a Read", sock.block) })
				testbed.WaitClosed(t, c)
				watcher.WaitGone(pid)
			}
		})
	})
}

// cancelInQuery ends the context of a Query that waits for its first row, after calling before.
func cancelInQuery(t *testing.T, c *conn.Conn, watcher *testbed.Observer, m testbed.Mode, before func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(testbed.Context(t))
	failed := make(chan error, 1)
	go func() {
		_, err := c.Query(ctx, testbed.Sleepy(1, 1), m.With()...)
		failed <- err
	}()
	watcher.WaitEvent(c.PID(), "PgSleep")
	before()
	cancel()
	testbed.Ends(t, "Query", func() {
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("Query: %v, want %v", err, context.Canceled)
		}
	})
}

// cancelInNext ends the context of a stream whose Next was called for its second row, after calling before.
func cancelInNext(t *testing.T, c *conn.Conn, watcher *testbed.Observer, m testbed.Mode, before func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(testbed.Context(t))
	s, err := c.Query(ctx, testbed.Sleepy(3, 3), m.With()...)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Next() {
		t.Fatal(s.Err())
	}
	watcher.WaitEvent(c.PID(), "PgSleep")
	more := make(chan bool, 1)
	go func() { more <- s.Next() }()
	before()
	cancel()
	testbed.Ends(t, "Next", func() {
		if <-more {
			t.Errorf("a second row: %.20q", s.Row())
		}
	})
	if err := s.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("Err: %v, want %v", err, context.Canceled)
	}
}
