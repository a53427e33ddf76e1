package integration_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// cancelBound is the CancelTimeout of the connections below.
const cancelBound = 250 * time.Millisecond

// stopBackends: a backend that is stopped answers nothing, cancels included. Every call is bounded all the same, and
// the connection is closed then.
func stopBackends(t *testing.T, dsn string) {
	admin := restarted(t, dsn)
	defer closeConn(t, admin)
	stop := func(c *conn.Conn) { execute(t, admin, signal("STOP", strconv.Itoa(int(c.PID())))) }
	onModes(t, func(t *testing.T, mode stream.Option) {
		t.Run("Close", func(t *testing.T) {
			withStopped(t, dsn, admin, func(c *conn.Conn) {
				s := begun(t, c, fiftyMillion, 10, mode)
				stop(c)
				var late *werr.CancellationTimeoutError
				within(t, cancelBound+soon, "Close", func() {
					if err := s.Close(); !errors.As(err, &late) {
						t.Errorf("Close: %v, want a CancellationTimeoutError", err)
					}
				})
			})
		})
		t.Run("Cancel", func(t *testing.T) {
			withStopped(t, dsn, admin, func(c *conn.Conn) {
				s := begun(t, c, fiftyMillion, 10, mode)
				stop(c)
				var late *werr.CancellationTimeoutError
				within(t, cancelBound/2+soon, "CancelTimeout", func() {
					if err := s.CancelTimeout(cancelBound / 2); !errors.As(err, &late) {
						t.Errorf("CancelTimeout: %v, want a CancellationTimeoutError", err)
					}
				})
				_ = s.Close() // it waits for the end, and says how that came
			})
		})
		t.Run("the context's end", func(t *testing.T) {
			withStopped(t, dsn, admin, func(c *conn.Conn) {
				ctx, end := context.WithCancel(t.Context())
				defer end()
				s, err := c.Query(ctx, fiftyMillion, mode)
				if err != nil {
					t.Fatal(err)
				}
				stop(c)
				nextIsBounded(t, s, end)
				eventually(t, "the connection is closed", func() bool { return c.State() == conn.Closed })
				_ = s.Close() // it says that the cancel was in vain
			})
		})
	})
	t.Run("Ping", func(t *testing.T) {
		withStopped(t, dsn, admin, func(c *conn.Conn) {
			stop(c)
			ctx, end := context.WithTimeout(t.Context(), short)
			defer end()
			within(t, short+soon, "Ping", func() {
				if err := c.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Ping: %v, want %v", err, context.DeadlineExceeded)
				}
			})
			eventually(t, "the connection is closed", func() bool { return c.State() == conn.Closed })
		})
	})
}

// withStopped runs a test that stops the backend of its connection, and sees to what is left of both.
func withStopped(t *testing.T, dsn string, admin *conn.Conn, test func(c *conn.Conn)) {
	t.Helper()
	before := takeCensus()
	c, err := conn.ConnectConfig(bounded(t), configure(t, dsn, func(cfg *conn.Config) { cfg.CancelTimeout = cancelBound }))
	if err != nil {
		t.Fatal(err)
	}
	test(c)
	if c.State() != conn.Closed {
		t.Errorf("the connection is %v, want closed", c.State())
	}
	within(t, soon, "Close", func() {
		if err := c.Close(bounded(t)); err != nil {
			t.Errorf("Close of the connection: %v", err)
		}
	})
	execute(t, admin, signal("CONT", strconv.Itoa(int(c.PID()))))
	eventually(t, "the backend is gone", func() bool { return activity(t, admin, c.PID()) == "" })
	before.unchanged(t)
}

// nextIsBounded reads what had been sent before the backend was stopped, until Next waits; then the context ends.
func nextIsBounded(t *testing.T, s *stream.Stream, end context.CancelFunc) {
	t.Helper()
	ended := time.AfterFunc(cancelBound, end)
	defer ended.Stop()
	began := time.Now()
	for s.Next() {
		if time.Since(began) > cancelBound+soon {
			t.Fatal("rows still come after the context's end")
		}
	}
	if err := s.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("Err: %v, want %v", err, context.Canceled)
	}
	if took := time.Since(began); took > cancelBound+soon {
		t.Errorf("Next was back %v after the context's end", took-cancelBound)
	}
}
