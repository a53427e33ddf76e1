package integration_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// A paused stream reads nothing, even if its consumer waits for rows: the server is held back until Resume, and no row
// is lost.
func TestPauseHoldsTheServerBack(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
			c, o, entity := testbed.Connect(t, dsn), testbed.Observe(t, dsn), testbed.UniqueEntity(t)
			pid := c.PID()
			s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 8000), m.With(stream.WithEntity(entity))...)
			reads := testbed.Consume(s)
			const rounds = 2
			for round := range rounds {
				testbed.Eventually(t, "rows", func() bool { return reads.Taken() > 1000*(round+1) })
				if err := s.Pause(); err != nil {
					t.Fatal(err)
				}
				testbed.Eventually(t, "a consumer that has taken what was buffered", func() bool { return s.Stats().ItemsBuffered == 0 })
				before := checkNothingIsRead(t, s, o, pid)
				if err := s.Resume(); err != nil {
					t.Fatal(err)
				}
				testbed.Eventually(t, "rows after Resume", func() bool { return s.Stats().TotalRowsYielded > before.TotalRowsYielded })
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			reads.Wait(t)
			testbed.Usable(t, c, pid)
			testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_stream_paused_total": rounds,
				"fraiseql_stream_resumed_total": rounds, "fraiseql_stream_pause_duration_ms_count": rounds,
				"fraiseql_stream_pause_timeout_expired_total": 0})
		})
	})
}

// Thousands of pauses from another goroutine, in quick succession, lose no row and duplicate none.
func TestRapidPauses(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const cycles, rows = 5000, 20_000
		c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
		s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100), m.With(stream.WithEntity(entity))...)
		reads := testbed.Consume(s)
		made := 0
		for ; made < cycles || reads.Taken() < rows; made++ {
			if err := errors.Join(s.Pause(), s.Resume()); err != nil {
				t.Fatalf("cycle %d: %v", made, err)
			}
			if made > 1000*cycles {
				t.Fatalf("only %d rows in %d cycles", reads.Taken(), made)
			}
		}
		seen := reads.Taken()
		testbed.Eventually(t, "rows after the last pause", func() bool { return reads.Taken() > seen+rows })
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		reads.Wait(t)
		testbed.Usable(t, c, c.PID())
		testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_stream_paused_total": float64(made),
			"fraiseql_stream_resumed_total":           float64(made),
			"fraiseql_stream_pause_duration_ms_count": float64(made),
			"fraiseql_rows_processed_total status ok": float64(reads.Taken())})
	})
}

// A pause ends by itself after its timeout; the log has the first of the reasons given for it.
func TestPauseTimeout(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const bound = 50 * time.Millisecond
		var book testbed.Logbook
		c := testbed.Connect(t, testbed.DSN(t), book.Log)
		entity := testbed.UniqueEntity(t)
		s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 100), m.With(stream.WithEntity(entity),
			stream.WithPauseTimeout(bound))...)
		testbed.Take(t, s, 0, 1)
		began := time.Now()
		if err := errors.Join(s.PauseWithReason("a full disk"), s.PauseWithReason("another"), s.Pause()); err != nil {
			t.Fatal(err)
		}
		testbed.Take(t, s, 1, 10_000) // more than was buffered: waits for the resume
		if lasted := time.Since(began); lasted < bound {
			t.Errorf("resumed after %v", lasted)
		}
		if err := s.Resume(); !errors.Is(err, werr.ErrStreamNotPaused) {
			t.Errorf("resuming after the timeout: %v", err)
		}
		// A pause that ends in time is not ended twice.
		if err := errors.Join(s.Pause(), s.Resume(), s.Close()); err != nil {
			t.Fatal(err)
		}
		for message, at := range map[string]int{"stream paused": 0, "stream resumed": 0} {
			found := book.Find(message)
			if len(found) != 2 || found[at].Level != slog.LevelDebug || found[at].Attrs["reason"].String() != "a full disk" {
				t.Errorf("%q: logged %v", message, found)
			}
		}
		p := testbed.EntityPage(t, entity)
		p.Check(t, testbed.Wants{"fraiseql_stream_paused_total": 2, "fraiseql_stream_resumed_total": 2,
			"fraiseql_stream_pause_timeout_expired_total": 1, "fraiseql_stream_pause_duration_ms_count": 2})
		if sum := p.Get("fraiseql_stream_pause_duration_ms_sum"); sum < 50 {
			t.Errorf("the pauses lasted %v ms in all, want at least 50", sum)
		}
	})
}

// Whatever ends a stream while it is paused also ends the wait of its consumer, and makes the connection usable again.
func TestEndsWhilePaused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(s *stream.Stream, stop context.CancelFunc) error
		want error // of Err
	}{
		{"close", func(s *stream.Stream, _ context.CancelFunc) error { return s.Close() }, nil},
		{"cancel", func(s *stream.Stream, _ context.CancelFunc) error {
			return s.CancelTimeout(testbed.Patience)
		}, werr.ErrCancelled},
		{"context", func(_ *stream.Stream, stop context.CancelFunc) error { stop(); return nil }, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
				c, o, entity := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t)), testbed.UniqueEntity(t)
				pid := c.PID()
				ctx, stop := context.WithCancel(testbed.Context(t))
				defer stop()
				s, err := c.Query(ctx, testbed.Numbered(testbed.Endless, 1000), m.With(stream.WithEntity(entity))...)
				if err != nil {
					t.Fatal(err)
				}
				reads := testbed.Consume(s)
				testbed.Eventually(t, "rows", func() bool { return reads.Taken() > 1000 })
				if err := s.Pause(); err != nil {
					t.Fatal(err)
				}
				o.WaitHeldBack(pid)
				if err := tt.end(s, stop); err != nil {
					t.Errorf("ending: %v", err)
				}
				reads.Wait(t)
				if err := s.Err(); !errors.Is(err, tt.want) {
					t.Errorf("the stream's error is %v, want %v", err, tt.want)
				}
				// Without a Close: the connection is also freed after the end of a context.
				testbed.Eventually(t, "an idle connection", func() bool { return c.State() == conn.Idle })
				if got := o.See(pid).State; got != "idle" {
					t.Errorf("the backend is %s", got)
				}
				testbed.Usable(t, c, pid)
				if err := s.Close(); err != nil {
					t.Errorf("closing afterwards: %v", err)
				}
				if err := s.Pause(); !errors.Is(err, werr.ErrStreamAlreadyClosed) {
					t.Errorf("pausing afterwards: %v", err)
				}
				testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_stream_paused_total": 1,
					"fraiseql_stream_resumed_total":                   1,
					"fraiseql_query_completed_total status cancelled": 1})
			})
		})
	}
}

// The end of a backend while the stream is paused is noticed after Resume at the latest, after the rows that it had
// sent.
func TestTerminatedWhilePaused(t *testing.T) {
	t.Parallel()
	for _, resumed := range []bool{true, false} {
		t.Run(map[bool]string{true: "resume", false: "close"}[resumed], func(t *testing.T) {
			testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
				c, o, entity := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t)), testbed.UniqueEntity(t)
				s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 1000), m.With(stream.WithEntity(entity))...)
				testbed.Take(t, s, 0, 1)
				if err := s.Pause(); err != nil {
					t.Fatal(err)
				}
				o.WaitHeldBack(c.PID())
				o.Terminate(c.PID())
				o.WaitGone(c.PID())
				status := "cancelled"
				if resumed {
					status = "error"
					if err := s.Resume(); err != nil {
						t.Fatal(err)
					}
					got := 1
					for ; s.Next(); got++ {
						if testbed.Number(s.Row()) != got+1 {
							t.Fatalf("row %d is %s", got+1, s.Row())
						}
					}
					if category := werr.CategoryOf(s.Err()); category != werr.CategoryServer && category != werr.CategoryIO {
						t.Errorf("after %d rows: %v", got, s.Err())
					}
				}
				testbed.Ends(t, "Close", func() { _ = s.Close() }) // it may report that the connection is gone
				if c.State() != conn.Closed {
					t.Errorf("the connection is %v", c.State())
				}
				testbed.EntityPage(t, entity).Check(t, testbed.Wants{"fraiseql_query_completed_total status " + status: 1,
					"fraiseql_active_streams": 0, "fraiseql_stream_buffered_items": 0})
			})
		})
	}
}

// checkNothingIsRead fails if rows continue to arrive while a stream is paused. It returns the statistics of the paused
// stream. One reading step may still be in progress: the rows that it has read arrive, and no others.
func checkNothingIsRead(t *testing.T, s *stream.Stream, o *testbed.Observer, pid uint32) stream.Stats {
	t.Helper()
	come := func() uint64 { st := s.Stats(); return st.TotalRowsYielded + uint64(st.ItemsBuffered) }
	steps, before := 0, come()
	for range 3 {
		o.WaitHeldBack(pid) // again: TCP adapts its buffers, so the sockets in between may have grown
		if now := come(); now != before {
			steps, before = steps+1, now
		}
	}
	st := s.Stats()
	if steps > 1 || st.State != stream.Paused {
		t.Errorf("rows arrived %d times while paused: %v", steps, st)
	}
	return st
}
