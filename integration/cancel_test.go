package integration_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const cancellations = "fraiseql_cancellation_duration_ms_count"

// The ways of cancelling are guaranteed to be equivalent.
var waysToCancel = map[string]func(s *stream.Stream) error{
	"Cancel":        func(s *stream.Stream) error { return s.Cancel(context.Background()) },
	"CancelTimeout": func(s *stream.Stream) error { return s.CancelTimeout(testbed.Patience) },
}

// A stream may be cancelled at any moment, from any goroutine. When Cancel returns, the server is done with the query,
// and the connection is ready for the next one.
func TestCancelAtAnyMoment(t *testing.T) {
	t.Parallel()
	moments := map[string]func(t *testing.T, s *stream.Stream, cancel func()){
		"before the first Next": func(_ *testing.T, _ *stream.Stream, cancel func()) { cancel() },
		"between two rows":      func(t *testing.T, s *stream.Stream, cancel func()) { testbed.Take(t, s, 0, 100); cancel() },
		"twice": func(t *testing.T, s *stream.Stream, cancel func()) {
			testbed.Take(t, s, 0,
				1)
			cancel()
			cancel()
		},
		"while rows are taken": func(t *testing.T, s *stream.Stream, cancel func()) {
			reads := testbed.Consume(s)
			testbed.Eventually(t, "rows", func() bool { return reads.Taken() > 1000 })
			cancel()
			reads.Wait(t)
		},
		"by many at once": func(t *testing.T, s *stream.Stream, cancel func()) {
			reads := testbed.Consume(s)
			testbed.Eventually(t, "rows", func() bool { return reads.Taken() > 0 })
			var all sync.WaitGroup
			for range 8 {
				all.Go(cancel)
			}
			all.Wait()
			reads.Wait(t)
		},
		"while paused": func(t *testing.T, s *stream.Stream, cancel func()) {
			testbed.Take(t, s, 0, 100)
			if err := s.Pause(); err != nil {
				t.Fatal(err)
			}
			reads := testbed.Consume(s)
			cancel()
			testbed.Eventually(t, "the consumer's end", reads.Ended)
		},
	}
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		o := testbed.Observe(t, dsn)
		testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
			cancel := waysToCancel["Cancel"]
			if m == testbed.Always {
				cancel = waysToCancel["CancelTimeout"]
			}
			for moment, run := range moments {
				t.Run(moment, func(t *testing.T) {
					c, entity := testbed.Connect(t, dsn), testbed.UniqueEntity(t)
					pid := c.PID()
					s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 1000), m.With(stream.WithEntity(entity))...)
					run(t, s, func() {
						if err := cancel(s); err != nil {
							t.Errorf("cancel: %v", err)
						}
						if b := o.See(pid); b.State != "idle" || c.State() != conn.Idle {
							t.Errorf("after the cancel the backend is %v, the connection %v", b, c.State())
						}
					})
					checkCancelled(t, s, entity)
					testbed.Usable(t, c, pid)
				})
			}
		})
	})
}

// checkCancelled checks a stream after its cancel.
func checkCancelled(t *testing.T, s *stream.Stream, entity string) {
	t.Helper()
	if s.Next() {
		t.Error("a row was delivered after the cancel")
	}
	if err := s.Err(); !errors.Is(err, werr.ErrCancelled) || s.State() != stream.Failed {
		t.Errorf("state %v, error %v", s.State(), err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	testbed.EntityPage(t, entity).Check(t, testbed.Wants{cancellations: 1, "fraiseql_query_completed_total status cancelled": 1,
		"fraiseql_query_completed_total status error": 0})
}

// Cancel wakes a Next that waits for a server that has nothing to send.
func TestCancelWhileNextBlocks(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
			o := testbed.Observe(t, dsn)
			b := o.Raise()
			for way, cancel := range waysToCancel {
				t.Run(way, func(t *testing.T) {
					c, entity := testbed.Connect(t, dsn), testbed.UniqueEntity(t)
					pid := c.PID()
					s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 1000)+b.Behind(24), m.With(stream.WithEntity(entity))...)
					reads := testbed.Consume(s)
					testbed.Eventually(t, "a backend that works for long", func() bool { return o.See(pid).Event == "advisory" })
					testbed.Eventually(t, "a consumer that waits", func() bool {
						return reads.Taken() >= 16 && s.Stats().ItemsBuffered == 0
					})
					if err := cancel(s); err != nil {
						t.Errorf("cancel: %v", err)
					}
					if b := o.See(pid); b.State != "idle" {
						t.Errorf("after the cancel the backend is %v", b)
					}
					reads.Wait(t)
					checkCancelled(t, s, entity)
					testbed.Usable(t, c, pid)
				})
			}
		})
	})
}

// After the end there is nothing to cancel, and nothing is counted.
func TestCancelAfterTheEnd(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		for way, cancel := range waysToCancel {
			t.Run(way, func(t *testing.T) {
				c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
				s := testbed.Query(t, c, testbed.Numbered(10, 100), m.With(stream.WithEntity(entity))...)
				testbed.Take(t, s, 0, 10)
				if s.Next() {
					t.Fatal("one row too many")
				}
				if err := errors.Join(cancel(s), cancel(s), s.Err()); err != nil {
					t.Errorf("cancelling a finished stream: %v", err)
				}
				testbed.EntityPage(t, entity).Check(t, testbed.Wants{cancellations: 0,
					"fraiseql_query_completed_total status success": 1})
				testbed.Usable(t, c, c.PID())
			})
		}
	})
}

// If the query does not end in time, Cancel returns an error, and the connection is closed.
func TestCancelThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	const bound = 100 * time.Millisecond
	for _, tt := range []struct {
		name   string
		cancel func(s *stream.Stream) error
		config time.Duration // Config.CancelTimeout
		ctx    bool          // the error wraps that of a context
		least  time.Duration // of the time in the error
	}{
		{"Cancel", func(s *stream.Stream) error {
			ctx, stop := context.WithTimeout(context.Background(), bound)
			defer stop()
			return s.Cancel(ctx)
		}, time.Hour, true, bound / 2}, // the context began earlier
		{"CancelTimeout", func(s *stream.Stream) error { return s.CancelTimeout(bound) }, time.Hour, true, bound},
		{"Config.CancelTimeout", func(s *stream.Stream) error { return s.Cancel(context.Background()) }, bound, false, bound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
				o, entity := testbed.Observe(t, testbed.DSN(t)), testbed.UniqueEntity(t)
				p := testbed.NewProxy(t)
				c := testbed.Connect(t, testbed.DSN(t), p.Through, testbed.CancelTimeout(tt.config))
				pid := c.PID()
				s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 1000), m.With(stream.WithEntity(entity))...)
				testbed.Take(t, s, 0, 100)
				p.Hold()
				var err error
				testbed.EndsAfter(t, "the cancel", tt.least, func() { err = tt.cancel(s) })
				var late *werr.CancellationTimeoutError
				if !errors.As(err, &late) || late.After < tt.least || !late.Timeout() {
					t.Fatalf("cancel: %v, want a *CancellationTimeoutError after %v", err, tt.least)
				}
				if errors.Is(err, context.DeadlineExceeded) != tt.ctx {
					t.Errorf("cancel: %v; wraps a context's error: %t, want %t", err, !tt.ctx, tt.ctx)
				}
				testbed.WaitClosed(t, c)
				if s.Next() || !errors.Is(s.Err(), werr.ErrCancelled) {
					t.Errorf("the stream's error is %v", s.Err())
				}
				p.Heal() // the closed connection ends the backend
				o.WaitGone(pid)
			})
		})
	}
}
