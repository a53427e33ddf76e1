package integration_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// cancelBound is the CancelTimeout of the connections below.
const cancelBound = 250 * time.Millisecond

// stopBackends tests backends that are stopped, and answer nothing, not even cancels. Every call nevertheless ends in
// time, and closes the connection.
func stopBackends(t *testing.T, dsn string) {
	admin := testbed.Reconnect(t, dsn)
	defer testbed.Close(t, admin)
	observer := testbed.Observe(t, dsn)
	stop := func(c *conn.Conn) {
		testbed.Execute(t, admin, testbed.SignalStatement("STOP", strconv.Itoa(int(c.PID()))))
	}
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		t.Run("Close", func(t *testing.T) {
			withStopped(t, dsn, admin, observer, func(c *conn.Conn) {
				s := testbed.Begin(t, c, testbed.EndlessIntegers, 10, mode.Option())
				stop(c)
				var late *werr.CancellationTimeoutError
				testbed.Ends(t, "Close", func() {
					if err := s.Close(); !errors.As(err, &late) {
						t.Errorf("Close: %v, want a CancellationTimeoutError", err)
					}
				})
			})
		})
		t.Run("Cancel", func(t *testing.T) {
			withStopped(t, dsn, admin, observer, func(c *conn.Conn) {
				s := testbed.Begin(t, c, testbed.EndlessIntegers, 10, mode.Option())
				stop(c)
				var late *werr.CancellationTimeoutError
				testbed.Ends(t, "CancelTimeout", func() {
					if err := s.CancelTimeout(cancelBound / 2); !errors.As(err, &late) {
						t.Errorf("CancelTimeout: %v, want a CancellationTimeoutError", err)
					}
				})
				_ = s.Close() // it waits for the end, and returns its error
			})
		})
		t.Run("the context's end", func(t *testing.T) {
			withStopped(t, dsn, admin, observer, func(c *conn.Conn) {
				ctx, end := context.WithCancel(t.Context())
				defer end()
				s, err := c.Query(ctx, testbed.EndlessIntegers, mode.Option())
				if err != nil {
					t.Fatal(err)
				}
				stop(c)
				nextIsBounded(t, s, end)
				testbed.Eventually(t, "the connection is closed", func() bool { return c.State() == conn.Closed })
				_ = s.Close() // it reports that the cancel had no effect
			})
		})
	})
	t.Run("Ping", func(t *testing.T) {
		withStopped(t, dsn, admin, observer, func(c *conn.Conn) {
			stop(c)
			ctx, end := context.WithTimeout(t.Context(), short)
			defer end()
			testbed.Ends(t, "Ping", func() {
				if err := c.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Ping: %v, want %v", err, context.DeadlineExceeded)
				}
			})
			testbed.Eventually(t, "the connection is closed", func() bool { return c.State() == conn.Closed })
		})
	})
}

// withStopped runs a test that stops the backend of its connection, and cleans up both.
func withStopped(t *testing.T, dsn string, admin *conn.Conn, observer *testbed.Observer, test func(c *conn.Conn)) {
	t.Helper()
	before := testbed.TakeStock(t)
	c, err := conn.ConnectConfig(testbed.Context(t), testbed.Config(t, dsn, testbed.CancelTimeout(cancelBound)))
	if err != nil {
		t.Fatal(err)
	}
	test(c)
	if c.State() != conn.Closed {
		t.Errorf("the connection is %v, want closed", c.State())
	}
	testbed.Ends(t, "Close", func() {
		if err := c.Close(testbed.Context(t)); err != nil {
			t.Errorf("Close of the connection: %v", err)
		}
	})
	testbed.Execute(t, admin, testbed.SignalStatement("CONT", strconv.Itoa(int(c.PID()))))
	observer.WaitGone(c.PID())
	before.CheckNothingLeft(t)
}

// nextIsBounded reads the rows sent before the backend was stopped, until Next waits; then the context ends.
func nextIsBounded(t *testing.T, s *stream.Stream, end context.CancelFunc) {
	t.Helper()
	ended := time.AfterFunc(cancelBound, end)
	defer ended.Stop()
	testbed.Ends(t, "Next", func() {
		for s.Next() { // rows that had been sent before
		}
	})
	if err := s.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("Err: %v, want %v", err, context.Canceled)
	}
}
