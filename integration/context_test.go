package integration_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// short is the time of a timeout that a test lets expire.
const short = 150 * time.Millisecond

func TestContextEndsInQuery(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		c := testbed.Connect(t, dsn)
		pid := c.PID()
		for _, opts := range [][]stream.Option{
			nil, {stream.WithSimpleProtocol()}, {stream.WithReadAhead(stream.ReadAheadAlways)},
		} {
			ctx, end := context.WithTimeout(t.Context(), short)
			testbed.Ends(t, "Query", func() {
				s, err := c.Query(ctx, testbed.Sleepy(1, 1), opts...)
				if s != nil || !errors.Is(err, context.DeadlineExceeded) || werr.CategoryOf(err) != werr.CategoryTimeout {
					t.Errorf("stream %v, error %v; want %v", s, err, context.DeadlineExceeded)
				}
			})
			end()
			testbed.WaitIdle(t, c, pid)
		}
		ctx, end := context.WithCancelCause(t.Context())
		end(errFull)
		_, err := c.Query(ctx, testbed.Documents(1))
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errFull) || !werr.SafeToRetry(err) {
			t.Errorf("a context that has ended: %v; want its error and its cause, with nothing sent", err)
		}
		testbed.Usable(t, c, pid)
	})
}

// The context ends while Next waits for the server: Next returns at once, and the connection is idle soon after,
// without Close.
func TestContextEndsInNext(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			t.Parallel()
			c := testbed.Connect(t, dsn)
			pid := c.PID()
			for name, paused := range map[string]bool{"waiting": false, "paused": true} {
				ctx, end := context.WithCancel(t.Context())
				defer end()
				s, err := c.Query(ctx, testbed.Sleepy(3, 3), mode.Option())
				if err != nil {
					t.Fatal(err)
				}
				if paused {
					if err := s.Pause(); err != nil {
						t.Fatal(err)
					}
				}
				time.AfterFunc(short, end)
				testbed.Ends(t, name, func() {
					n := 0
					for s.Next() {
						n++
					}
					if err := s.Err(); !errors.Is(err, context.Canceled) || n > 2 {
						t.Errorf("%s: %d rows, then %v", name, n, err)
					}
				})
				testbed.WaitIdle(t, c, pid)
				if err := s.Close(); err != nil || !errors.Is(s.Err(), context.Canceled) {
					t.Errorf("Close: %v, Err: %v", err, s.Err())
				}
			}
		})
	})
}

// No method of the stream is called: the end of its context alone makes the connection usable again.
func TestContextEndsUnderAnUnreadStream(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			c := testbed.Connect(t, dsn)
			ctx, end := context.WithCancel(t.Context())
			s, err := c.Query(ctx, testbed.EndlessIntegers, mode.Option())
			if err != nil {
				t.Fatal(err)
			}
			end()
			testbed.WaitIdle(t, c, c.PID())
			if s.Next() || !errors.Is(s.Err(), context.Canceled) {
				t.Errorf("Err: %v, want %v and no row", s.Err(), context.Canceled)
			}
		})
	})
}

// The end of a context after its stream has ended does not affect the next query.
func TestContextEndsAfterTheStream(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	for range 100 {
		ctx, end := context.WithCancel(t.Context())
		s, err := c.Query(ctx, testbed.Documents(10))
		if err != nil {
			t.Fatal(err)
		}
		testbed.Rows(t, s)
		next := testbed.Query(t, c, testbed.Documents(2000))
		go end()
		if got := testbed.Rows(t, next); len(got) != 2000 || s.Err() != nil {
			t.Fatalf("%d rows; the error of the ended stream is %v", len(got), s.Err())
		}
	}
}

// A query that follows one that is still being drained waits for it, limited by its own context.
func TestQueryWaitsForADrain(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		c := testbed.Connect(t, dsn)
		for range 20 {
			ctx, end := context.WithCancel(t.Context())
			s, err := c.Query(ctx, testbed.EndlessIntegers)
			if err != nil {
				t.Fatal(err)
			}
			for range 100 {
				s.Next()
			}
			end()
			// The callback of the context runs in another goroutine: until it has run the connection is busy.
			testbed.Eventually(t, "the stream is left", func() bool { return c.State() != conn.Streaming })
			if err := c.Ping(testbed.Context(t)); err != nil {
				t.Fatalf("Ping after a drain: %v", err)
			}
			testbed.Usable(t, c, c.PID())
		}
	})
}

func TestPing(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		c := testbed.Connect(t, dsn)
		for range 10 {
			if err := c.Ping(testbed.Context(t)); err != nil || c.State() != conn.Idle {
				t.Errorf("Ping: %v, state %v", err, c.State())
			}
		}
		testbed.Usable(t, c, c.PID())
	})
}
