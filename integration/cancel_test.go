package integration_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const cancellations = "fraiseql_cancellation_duration_ms_count"

// The ways of cancelling are promised to be alike.
var waysToCancel = map[string]func(s *stream.Stream) error{
	"Cancel":        func(s *stream.Stream) error { return s.Cancel(context.Background()) },
	"CancelTimeout": func(s *stream.Stream) error { return s.CancelTimeout(patience) },
}

// A stream may be cancelled at any moment, from any goroutine. When Cancel returns, the server is done with the query,
// and the connection is ready for the next.
func TestCancelAtAnyMoment(t *testing.T) {
	t.Parallel()
	moments := map[string]func(t *testing.T, s *stream.Stream, cancel func()){
		"before the first Next": func(_ *testing.T, _ *stream.Stream, cancel func()) { cancel() },
		"between two rows":      func(t *testing.T, s *stream.Stream, cancel func()) { take(t, s, 0, 100); cancel() },
		"twice":                 func(t *testing.T, s *stream.Stream, cancel func()) { take(t, s, 0, 1); cancel(); cancel() },
		"while rows are taken": func(t *testing.T, s *stream.Stream, cancel func()) {
			reads := consume(t, s)
			eventually(t, "rows", func() bool { return reads.taken.Load() > 1000 })
			cancel()
			reads.wait(t)
		},
		"by many at once": func(t *testing.T, s *stream.Stream, cancel func()) {
			reads := consume(t, s)
			eventually(t, "rows", func() bool { return reads.taken.Load() > 0 })
			var all sync.WaitGroup
			for range 8 {
				all.Go(cancel)
			}
			all.Wait()
			reads.wait(t)
		},
		"while paused": func(t *testing.T, s *stream.Stream, cancel func()) {
			take(t, s, 0, 100)
			if err := s.Pause(); err != nil {
				t.Fatal(err)
			}
			reads := consume(t, s)
			cancel()
			<-reads.done
		},
	}
	onFewRoutes(t, func(t *testing.T, dsn string) {
		o := observe(t, dsn)
		onFills(t, func(t *testing.T, f fill) {
			cancel := waysToCancel["Cancel"]
			if f.always() {
				cancel = waysToCancel["CancelTimeout"]
			}
			for moment, run := range moments {
				t.Run(moment, func(t *testing.T) {
					c, entity := connect(t, dsn), uniqueEntity(t)
					pid := c.PID()
					s := query(t, c, numbered(endless, 1000), f.with(stream.WithEntity(entity))...)
					run(t, s, func() {
						if err := cancel(s); err != nil {
							t.Errorf("cancel: %v", err)
						}
						if b := o.see(pid); b.State != "idle" || c.State() != conn.Idle {
							t.Errorf("after the cancel the backend is %v, the connection %v", b, c.State())
						}
					})
					checkCancelled(t, s, entity)
					usable(t, c, pid)
				})
			}
		})
	})
}

// checkCancelled looks at a stream after its cancel.
func checkCancelled(t *testing.T, s *stream.Stream, entity string) {
	t.Helper()
	if s.Next() {
		t.Error("a row came after the cancel")
	}
	if err := s.Err(); !errors.Is(err, werr.ErrCancelled) || s.State() != stream.Failed {
		t.Errorf("state %v, error %v", s.State(), err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	entityPage(t, entity).check(t, want{cancellations, 1}, want{"fraiseql_query_completed_total status cancelled", 1},
		want{"fraiseql_query_completed_total status error", 0})
}

// Cancel wakes a Next that waits for a server that has nothing to send.
func TestCancelWhileNextBlocks(t *testing.T) {
	t.Parallel()
	onFewRoutes(t, func(t *testing.T, dsn string) {
		onFills(t, func(t *testing.T, f fill) {
			o := observe(t, dsn)
			b := o.raise()
			for way, cancel := range waysToCancel {
				t.Run(way, func(t *testing.T) {
					c, entity := connect(t, dsn), uniqueEntity(t)
					pid := c.PID()
					s := query(t, c, numbered(endless, 1000)+b.behind(24), f.with(stream.WithEntity(entity))...)
					reads := consume(t, s)
					eventually(t, "a backend that works for long", func() bool { return o.see(pid).Event == "advisory" })
					eventually(t, "a consumer that waits", func() bool {
						return reads.taken.Load() >= 16 && s.Stats().ItemsBuffered == 0
					})
					if err := cancel(s); err != nil {
						t.Errorf("cancel: %v", err)
					}
					if b := o.see(pid); b.State != "idle" {
						t.Errorf("after the cancel the backend is %v", b)
					}
					reads.wait(t)
					checkCancelled(t, s, entity)
					usable(t, c, pid)
				})
			}
		})
	})
}

// After the end there is nothing to cancel, and nothing is counted.
func TestCancelAfterTheEnd(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		for way, cancel := range waysToCancel {
			t.Run(way, func(t *testing.T) {
				c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
				s := query(t, c, numbered(10, 100), f.with(stream.WithEntity(entity))...)
				take(t, s, 0, 10)
				if s.Next() {
					t.Fatal("one row too many")
				}
				if err := errors.Join(cancel(s), cancel(s), s.Err()); err != nil {
					t.Errorf("cancelling a finished stream: %v", err)
				}
				entityPage(t, entity).check(t, want{cancellations, 0}, want{"fraiseql_query_completed_total status success", 1})
				usable(t, c, c.PID())
			})
		}
	})
}

// Where the end does not come in time, Cancel says so, and the connection is closed.
func TestCancelThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	const bound = 100 * time.Millisecond
	for _, tt := range []struct {
		name   string
		cancel func(s *stream.Stream) error
		config time.Duration // Config.CancelTimeout
		ctx    bool          // the error has a context's in it
		least  time.Duration // that the error tells of
	}{
		{"Cancel", func(s *stream.Stream) error {
			ctx, stop := context.WithTimeout(context.Background(), bound)
			defer stop()
			return s.Cancel(ctx)
		}, patience, true, bound / 2}, // the context may have begun long before
		{"CancelTimeout", func(s *stream.Stream) error { return s.CancelTimeout(bound) }, patience, true, bound},
		{"Config.CancelTimeout", func(s *stream.Stream) error { return s.Cancel(context.Background()) }, bound, false, bound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onFills(t, func(t *testing.T, f fill) {
				o, entity := observe(t, mainDSN(t)), uniqueEntity(t)
				c, p := connectThrough(t, mainDSN(t), func(cfg *conn.Config) { cfg.CancelTimeout = tt.config })
				pid := c.PID()
				s := query(t, c, numbered(endless, 1000), f.with(stream.WithEntity(entity))...)
				take(t, s, 0, 100)
				p.hold()
				began := time.Now()
				err := tt.cancel(s)
				var late *werr.CancellationTimeoutError
				if !errors.As(err, &late) || late.After < tt.least || !late.Timeout() {
					t.Fatalf("cancel: %v, want a *CancellationTimeoutError after %v", err, tt.least)
				}
				if took := time.Since(began); took > patience/2 {
					t.Errorf("cancel took %v", took)
				}
				if errors.Is(err, context.DeadlineExceeded) != tt.ctx {
					t.Errorf("cancel: %v; a context's error in it: %t, want %t", err, !tt.ctx, tt.ctx)
				}
				eventually(t, "a closed connection", func() bool { return c.State() == conn.Closed })
				if s.Next() || !errors.Is(s.Err(), werr.ErrCancelled) {
					t.Errorf("the stream's error is %v", s.Err())
				}
				if _, err := c.Query(bounded(t), "SELECT to_jsonb(1) AS data"); !errors.Is(err, werr.ErrConnectionClosed) {
					t.Errorf("a query afterwards: %v", err)
				}
				p.release() // the closed connection is what ends the backend
				o.waitGone(pid)
			})
		})
	}
}
