package integration_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// timedOut fails unless err is the timeout of a phase.
func timedOut(t testing.TB, err error, phase string, after time.Duration) {
	t.Helper()
	var got *werr.TimeoutError
	if !errors.As(err, &got) {
		t.Fatalf("error %v, want a *TimeoutError", err)
	}
	if diff := cmp.Diff(&werr.TimeoutError{Phase: phase, After: after}, got); diff != "" {
		t.Errorf("timeout (-want +got):\n%s", diff)
	}
	if werr.CategoryOf(err) != werr.CategoryTimeout {
		t.Errorf("category %v", werr.CategoryOf(err))
	}
}

// largeFirst is rows numbered g, the first of them so large that the server has to send a part of it at once.
func largeFirst(n int) string {
	return fmt.Sprintf("SELECT to_jsonb(lpad(g::text, CASE WHEN g = 1 THEN 90000 ELSE 98 END, '0')) AS data "+
		"FROM (SELECT generate_series(1, %d) AS g) AS s", n)
}

// The server keeps the first 8 KB back, the row description among them: Query itself waits, and is bounded.
func TestFirstRowTimeoutInQuery(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const bound = 100 * time.Millisecond
		c, o, entity := connect(t, mainDSN(t)), observe(t, mainDSN(t)), uniqueEntity(t)
		b := o.raise()
		pid := c.PID()
		_, err := c.Query(bounded(t), numbered(10, 100)+b.behind(0), f.with(stream.WithEntity(entity),
			stream.WithFirstRowTimeout(bound), stream.WithStallTimeout(time.Millisecond))...)
		timedOut(t, err, "first row", bound)
		eventually(t, "an idle connection", func() bool { return c.State() == conn.Idle })
		usable(t, c, pid)
		entityPage(t, entity).check(t, want{"fraiseql_query_completed_total status error", 1},
			want{"fraiseql_query_error_total error_category timeout", 1})
	})
}

// A part of the first row is no row.
func TestFirstRowTimeoutInNext(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const bound = 2 * time.Second // far above what the row description takes, far below what the row does
		entity := uniqueEntity(t)
		c, p := connectThrough(t, mainDSN(t), func(*conn.Config) {})
		pid := c.PID()
		p.dribble(time.Millisecond) // a byte a millisecond: the row description comes in time, the row never
		s := query(t, c, largeFirst(endless), f.with(stream.WithEntity(entity), stream.WithFirstRowTimeout(bound))...)
		if s.Next() {
			t.Fatal("a row came")
		}
		p.flood()
		timedOut(t, s.Err(), "first row", bound)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		usable(t, c, pid)
		entityPage(t, entity).check(t, want{"fraiseql_query_error_total error_category timeout", 1})
	})
}

// Rows that have come in time are not late because the consumer is.
func TestFirstRowTimeoutOfALateConsumer(t *testing.T) {
	t.Parallel()
	const bound = 500 * time.Millisecond
	for name, sql := range map[string]string{"small rows": numbered(100, 100), "a large row": largeFirst(100)} {
		t.Run(name, func(t *testing.T) {
			onFills(t, func(t *testing.T, f fill) {
				c, o := connect(t, mainDSN(t)), observe(t, mainDSN(t))
				began := time.Now()
				s := query(t, c, sql, f.with(stream.WithFirstRowTimeout(bound))...)
				eventually(t, "a server that has sent everything", func() bool { return o.see(c.PID()).State == "idle" })
				if time.Since(began) > bound/2 {
					t.Logf("the machine is slow: the server needed %v", time.Since(began))
				}
				time.Sleep(time.Until(began.Add(bound + bound/4)))
				take(t, s, 0, 100)
				if s.Next() || s.Err() != nil {
					t.Errorf("after the last row: %v", s.Err())
				}
			})
		})
	}
}

// A server that goes silent while the consumer waits is a stall; what came before it was delivered.
func TestStallTimeout(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		const bound = 150 * time.Millisecond
		c, o, entity := connect(t, mainDSN(t)), observe(t, mainDSN(t)), uniqueEntity(t)
		b := o.raise()
		pid := c.PID()
		began := time.Now()
		s := query(t, c, numbered(endless, 1000)+b.behind(24),
			f.with(stream.WithEntity(entity), stream.WithStallTimeout(bound))...)
		got := 0
		for s.Next() {
			got++
		}
		timedOut(t, s.Err(), "stall", bound)
		if got < 8 || got > 24 || time.Since(began) < bound {
			t.Errorf("%d rows before the stall, which came after %v", got, time.Since(began))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		usable(t, c, pid)
		entityPage(t, entity).check(t, want{"fraiseql_query_error_total error_category timeout", 1},
			want{"fraiseql_rows_processed_total status ok", float64(got)})
	})
}

// A stall is the server's silence alone. The bound is far above the pauses of a busy machine.
const noStall = 500 * time.Millisecond

func TestNoStallBeforeTheFirstRow(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		c, b := connect(t, mainDSN(t)), observe(t, mainDSN(t)).raise()
		var opening sync.WaitGroup
		opening.Go(func() {
			time.Sleep(noStall + noStall/2)
			b.open()
		})
		defer opening.Wait()
		s := query(t, c, numbered(10, 100)+b.behind(0), f.with(stream.WithStallTimeout(noStall))...)
		take(t, s, 0, 10)
	})
}

func TestNoStallWhileTheConsumerWorks(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		s := query(t, connect(t, mainDSN(t)), numbered(endless, 8000), f.with(stream.WithStallTimeout(noStall))...)
		for i := range 3 {
			take(t, s, 1000*i, 1000)
			time.Sleep(noStall + noStall/2)
		}
		take(t, s, 3000, 1000)
	})
}

func TestNoStallWhilePaused(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		s := query(t, connect(t, mainDSN(t)), numbered(endless, 1000), f.with(stream.WithStallTimeout(noStall))...)
		reads := consume(t, s)
		eventually(t, "rows", func() bool { return reads.taken.Load() > 1000 })
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a consumer that waits", func() bool { return s.Stats().ItemsBuffered == 0 })
		before := reads.taken.Load()
		time.Sleep(noStall + noStall/2)
		if err := s.Resume(); err != nil {
			t.Fatalf("%v: %v", err, s.Err())
		}
		eventually(t, "rows after Resume", func() bool { return reads.taken.Load() > before+5000 || s.Err() != nil })
		if err := s.Err(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		reads.wait(t)
	})
}

// Each byte ends the silence, also where no row comes for longer than the bound.
func TestNoStallWhileBytesCome(t *testing.T) {
	t.Parallel()
	onFills(t, func(t *testing.T, f fill) {
		c, p := connectThrough(t, mainDSN(t), func(*conn.Config) {})
		s := query(t, c, numbered(endless, 400), f.with(stream.WithStallTimeout(noStall))...)
		take(t, s, 0, 1)
		p.dribble(2 * time.Millisecond)
		defer p.flood()
		done, longest := 1, time.Duration(0)
		for end := time.Now().Add(patience); longest < noStall+noStall/4; done++ {
			began := time.Now()
			take(t, s, done, 1)
			longest = max(longest, time.Since(began))
			if time.Now().After(end) {
				t.Fatalf("the bytes of each row came within %v", longest)
			}
		}
	})
}
