package integration_test

import (
	"context"
	"errors"
	"net"
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

// ignoresDeadlines is a connection whose deadlines have no effect.
type ignoresDeadlines struct{ net.Conn }

func (ignoresDeadlines) SetDeadline(time.Time) error      { return nil }
func (ignoresDeadlines) SetReadDeadline(time.Time) error  { return nil }
func (ignoresDeadlines) SetWriteDeadline(time.Time) error { return nil }

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
			cancelInQuery(t, c, watcher, m)
			testbed.WaitIdle(t, c, pid)
			cancelInNext(t, c, watcher, m)
			testbed.WaitIdle(t, c, pid)
		})
	})
}

// If deadlines have no effect the connection is closed after CancelTimeout, and the query stops on the server.
func TestConnectionThatIgnoresDeadlines(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		t.Parallel()
		watcher := testbed.Observe(t, dsn)
		testbed.AllModes.Run(t, func(t *testing.T, m testbed.Mode) {
			for _, cancelIn := range []func(*testing.T, *conn.Conn, *testbed.Observer, testbed.Mode){cancelInQuery, cancelInNext} {
				c := testbed.Connect(t, dsn, dialing(func(sock net.Conn) net.Conn { return ignoresDeadlines{sock} }),
					testbed.CancelTimeout(conn.DefaultCancelTimeout/2))
				pid := c.PID()
				cancelIn(t, c, watcher, m)
				testbed.WaitClosed(t, c)
				watcher.WaitGone(pid)
			}
		})
	})
}

// cancelInQuery ends the context of a Query that waits for its first row.
func cancelInQuery(t *testing.T, c *conn.Conn, watcher *testbed.Observer, m testbed.Mode) {
	t.Helper()
	ctx, cancel := context.WithCancel(testbed.Context(t))
	failed := make(chan error, 1)
	go func() {
		_, err := c.Query(ctx, testbed.Sleepy(1, 1), m.With()...)
		failed <- err
	}()
	watcher.WaitEvent(c.PID(), "PgSleep")
	cancel()
	testbed.Ends(t, "Query", func() {
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("Query: %v, want %v", err, context.Canceled)
		}
	})
}

// cancelInNext ends the context of a stream whose Next waits for its second row.
func cancelInNext(t *testing.T, c *conn.Conn, watcher *testbed.Observer, m testbed.Mode) {
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
	time.AfterFunc(20*time.Millisecond, cancel) // the result must be the same whether or not Next waits by then
	testbed.Ends(t, "Next", func() {
		if s.Next() {
			t.Errorf("a second row: %.20q", s.Row())
		}
	})
	if err := s.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("Err: %v, want %v", err, context.Canceled)
	}
}
