package integration_test

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// consumer takes rows of numbered in a goroutine of its own, until the end.
type consumer struct {
	taken atomic.Int64
	wrong atomic.Int64 // rows that were not the next
	done  chan struct{}
}

func consume(t testing.TB, s *stream.Stream) *consumer {
	t.Helper()
	c := &consumer{done: make(chan struct{})}
	go func() {
		defer close(c.done)
		for s.Next() {
			if int64(number(s.Row())) != c.taken.Add(1) {
				c.wrong.Add(1)
			}
		}
	}()
	return c
}

// wait waits for the consumer's end.
func (c *consumer) wait(t testing.TB) {
	t.Helper()
	select {
	case <-c.done:
	case <-time.After(patience):
		t.Fatalf("the consumer hangs after %d rows", c.taken.Load())
	}
	if c.wrong.Load() > 0 {
		t.Errorf("%d of %d rows were not the next", c.wrong.Load(), c.taken.Load())
	}
}

// A paused stream whose consumer waits for rows reads nothing: the server is held back until Resume, which loses
// nothing.
func TestPauseHoldsTheServerBack(t *testing.T) {
	t.Parallel()
	onFewRoutes(t, func(t *testing.T, dsn string) {
		onFills(t, func(t *testing.T, f fill) {
			c, o, entity := connect(t, dsn), observe(t, dsn), uniqueEntity(t)
			pid := c.PID()
			s := query(t, c, numbered(endless, 8000), f.with(stream.WithEntity(entity))...)
			reads := consume(t, s)
			const rounds = 2
			for round := range int64(rounds) {
				eventually(t, "rows", func() bool { return reads.taken.Load() > 1000*(round+1) })
				if err := s.Pause(); err != nil {
					t.Fatal(err)
				}
				eventually(t, "a consumer that has taken what was buffered", func() bool { return s.Stats().ItemsBuffered == 0 })
				o.waitHeldBack(pid)
				before := s.Stats()
				o.waitHeldBack(pid) // the sockets between may have grown: TCP adapts its buffers
				if after := s.Stats(); after != before || after.State != stream.Paused {
					t.Errorf("rows come while paused: %v, then %v", before, after)
				}
				if err := s.Resume(); err != nil {
					t.Fatal(err)
				}
				eventually(t, "rows after Resume", func() bool { return s.Stats().TotalRowsYielded > before.TotalRowsYielded })
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			reads.wait(t)
			usable(t, c, pid)
			entityPage(t, entity).check(t, want{"fraiseql_stream_paused_total", rounds},
				want{"fraiseql_stream_resumed_total", rounds}, want{"fraiseql_stream_pause_duration_ms_count", rounds},
				want{"fraiseql_stream_pause_timeout_expired_total", 0})
		})
	})
}

// Thousands of pauses from another goroutine, as fast as they can be made, lose no row and double none.
func TestRapidPauses(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const cycles, rows = 5000, 20_000
		c, entity := connect(t, mainDSN(t)), uniqueEntity(t)
		s := query(t, c, numbered(endless, 100), f.with(stream.WithEntity(entity))...)
		reads := consume(t, s)
		made := 0
		for ; made < cycles || reads.taken.Load() < rows; made++ {
			if err := errors.Join(s.Pause(), s.Resume()); err != nil {
				t.Fatalf("cycle %d: %v", made, err)
			}
			if made > 1000*cycles {
				t.Fatalf("only %d rows in %d cycles", reads.taken.Load(), made)
			}
		}
		seen := reads.taken.Load()
		eventually(t, "rows after the last pause", func() bool { return reads.taken.Load() > seen+rows })
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		reads.wait(t)
		usable(t, c, c.PID())
		entityPage(t, entity).check(t, want{"fraiseql_stream_paused_total", float64(made)},
			want{"fraiseql_stream_resumed_total", float64(made)},
			want{"fraiseql_stream_pause_duration_ms_count", float64(made)},
			want{"fraiseql_rows_processed_total status ok", float64(reads.taken.Load())})
	})
}

// A pause ends by itself after its timeout; the log says why it was made, by the first of the reasons given.
func TestPauseTimeout(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const bound = 50 * time.Millisecond
		c, book := connectLogged(t, mainDSN(t))
		entity := uniqueEntity(t)
		s := query(t, c, numbered(endless, 100), f.with(stream.WithEntity(entity), stream.WithPauseTimeout(bound))...)
		take(t, s, 0, 1)
		began := time.Now()
		if err := errors.Join(s.PauseWithReason("a full disk"), s.PauseWithReason("another"), s.Pause()); err != nil {
			t.Fatal(err)
		}
		take(t, s, 1, 10_000) // more than was buffered: waits for the resume
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
			found := book.find(message)
			if len(found) != 2 || found[at].level != slog.LevelDebug || found[at].attrs["reason"].String() != "a full disk" {
				t.Errorf("%q: the log says %v", message, found)
			}
		}
		p := entityPage(t, entity)
		p.check(t, want{"fraiseql_stream_paused_total", 2}, want{"fraiseql_stream_resumed_total", 2},
			want{"fraiseql_stream_pause_timeout_expired_total", 1}, want{"fraiseql_stream_pause_duration_ms_count", 2})
		if sum := p.get("fraiseql_stream_pause_duration_ms_sum"); sum < 50 {
			t.Errorf("the pauses lasted %v ms in all, want at least 50", sum)
		}
	})
}

// Whatever ends a stream while it is paused ends it well: also a consumer that waits, and the connection is free again.
func TestEndsWhilePaused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(s *stream.Stream, stop context.CancelFunc) error
		want error // of Err
	}{
		{"close", func(s *stream.Stream, _ context.CancelFunc) error { return s.Close() }, nil},
		{"cancel", func(s *stream.Stream, _ context.CancelFunc) error {
			return s.CancelTimeout(patience)
		}, werr.ErrCancelled},
		{"context", func(_ *stream.Stream, stop context.CancelFunc) error { stop(); return nil }, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onFills(t, func(t *testing.T, f fill) {
				c, o, entity := connect(t, mainDSN(t)), observe(t, mainDSN(t)), uniqueEntity(t)
				pid := c.PID()
				ctx, stop := context.WithCancel(bounded(t))
				defer stop()
				s, err := c.Query(ctx, numbered(endless, 1000), f.with(stream.WithEntity(entity))...)
				if err != nil {
					t.Fatal(err)
				}
				reads := consume(t, s)
				eventually(t, "rows", func() bool { return reads.taken.Load() > 1000 })
				if err := s.Pause(); err != nil {
					t.Fatal(err)
				}
				o.waitHeldBack(pid)
				if err := tt.end(s, stop); err != nil {
					t.Errorf("ending: %v", err)
				}
				reads.wait(t)
				if err := s.Err(); !errors.Is(err, tt.want) {
					t.Errorf("the stream's error is %v, want %v", err, tt.want)
				}
				// Without a Close: the connection comes back behind an ended context too.
				eventually(t, "an idle connection", func() bool { return c.State() == conn.Idle })
				if got := o.see(pid).State; got != "idle" {
					t.Errorf("the backend is %s", got)
				}
				usable(t, c, pid)
				if err := s.Close(); err != nil {
					t.Errorf("closing afterwards: %v", err)
				}
				if err := s.Pause(); !errors.Is(err, werr.ErrStreamAlreadyClosed) {
					t.Errorf("pausing afterwards: %v", err)
				}
				entityPage(t, entity).check(t, want{"fraiseql_stream_paused_total", 1}, want{"fraiseql_stream_resumed_total", 1},
					want{"fraiseql_query_completed_total status cancelled", 1})
			})
		})
	}
}

// A backend that is ended while the stream is paused is noticed at the latest after Resume, behind the rows that have
// left it.
func TestTerminatedWhilePaused(t *testing.T) {
	t.Parallel()
	for _, resumed := range []bool{true, false} {
		t.Run(map[bool]string{true: "resume", false: "close"}[resumed], func(t *testing.T) {
			onFills(t, func(t *testing.T, f fill) {
				c, o, entity := connect(t, mainDSN(t)), observe(t, mainDSN(t)), uniqueEntity(t)
				s := query(t, c, numbered(endless, 1000), f.with(stream.WithEntity(entity))...)
				take(t, s, 0, 1)
				if err := s.Pause(); err != nil {
					t.Fatal(err)
				}
				o.waitHeldBack(c.PID())
				o.terminate(c.PID())
				o.waitGone(c.PID())
				status := "cancelled"
				if resumed {
					status = "error"
					if err := s.Resume(); err != nil {
						t.Fatal(err)
					}
					got := 1
					for ; s.Next(); got++ {
						if number(s.Row()) != got+1 {
							t.Fatalf("row %d is %s", got+1, s.Row())
						}
					}
					if category := werr.CategoryOf(s.Err()); category != werr.CategoryServer && category != werr.CategoryIO {
						t.Errorf("after %d rows: %v", got, s.Err())
					}
				}
				began := time.Now()
				_ = s.Close() // may say that the connection is gone
				if took := time.Since(began); took > patience/2 {
					t.Errorf("Close took %v", took)
				}
				if c.State() != conn.Closed {
					t.Errorf("the connection is %v", c.State())
				}
				entityPage(t, entity).check(t, want{"fraiseql_query_completed_total status " + status, 1},
					want{"fraiseql_active_streams", 0}, want{"fraiseql_stream_buffered_items", 0})
			})
		})
	}
}
