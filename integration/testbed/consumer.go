package testbed

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Take takes n rows of Numbered, which must be those that follow the first done rows.
func Take(t testing.TB, s *stream.Stream, done, n int) {
	t.Helper()
	for want := done + 1; want <= done+n; want++ {
		if !s.Next() {
			t.Fatalf("no row %d: %v", want, s.Err())
		}
		if got := Number(s.Row()); got != want {
			t.Fatalf("row %d is number %d", want, got)
		}
	}
}

// TakeEnd fails unless the stream has reached its end, without an error.
func TakeEnd(t testing.TB, s *stream.Stream) {
	t.Helper()
	if s.Next() {
		t.Fatalf("a row after the last one: %.60s", s.Row())
	}
	if err := s.Err(); err != nil {
		t.Fatalf("after the last row: %v", err)
	}
}

// Consumer takes rows of Numbered in a separate goroutine until there are no more.
type Consumer struct {
	taken     atomic.Int64 // rows of the stream, including those taken before the consumer started
	wrong     atomic.Int64 // rows out of sequence
	goroutine Goroutine
	done      chan struct{}
}

// Consume starts a consumer of the rows that have not been taken yet.
func Consume(s *stream.Stream) *Consumer {
	c := &Consumer{done: make(chan struct{})}
	c.taken.Store(int64(s.Stats().TotalRowsYielded))
	started := make(chan struct{})
	go func() {
		defer close(c.done)
		c.goroutine = ThisGoroutine()
		close(started)
		for s.Next() {
			if int64(Number(s.Row())) != c.taken.Add(1) {
				c.wrong.Add(1)
			}
		}
	}()
	<-started
	return c
}

// Taken returns the number of rows of the stream that have been taken so far.
func (c *Consumer) Taken() int { return int(c.taken.Load()) }

// WaitTaken waits until n rows have been taken, or the consumer has reached the end of the stream.
func (c *Consumer) WaitTaken(t testing.TB, n int) {
	t.Helper()
	Eventually(t, "rows", func() bool { return c.Taken() >= n || c.Ended() })
}

// WaitReading waits until the consumer's own goroutine waits for the network, as it does in the mode Pull.
func (c *Consumer) WaitReading(t testing.TB) {
	t.Helper()
	c.goroutine.WaitState(t, "IO wait")
}

// Ended reports whether the consumer has reached the end of the stream.
func (c *Consumer) Ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Wait waits until the consumer has ended, and fails unless it took the rows in sequence.
func (c *Consumer) Wait(t testing.TB) {
	t.Helper()
	select {
	case <-c.done:
	case <-time.After(Patience):
		t.Fatalf("the consumer hangs after %d rows", c.Taken())
	}
	if c.wrong.Load() > 0 {
		t.Errorf("%d of %d rows were out of sequence", c.wrong.Load(), c.Taken())
	}
}

// WaitNearlyFull waits until the background reader has filled a ring of the given capacity, except for the slots of
// rows that the consumer has taken but not given back.
func WaitNearlyFull(t testing.TB, s *stream.Stream, capacity int) {
	t.Helper()
	Eventually(t, "a ring that is nearly full", func() bool {
		return s.Stats().ItemsBuffered >= capacity-min(64, capacity/4)
	})
}

// WaitForReader takes rows of Numbered, from number done+1 on, so slowly that the mode Auto starts its background
// reader. In the mode Always it takes none. It returns the number of rows taken.
func WaitForReader(t testing.TB, s *stream.Stream, done int) (taken int) {
	t.Helper()
	for end := time.Now().Add(Patience); !s.Stats().ReadAhead; taken++ {
		if time.Now().After(end) {
			t.Fatalf("no background reader within %v, for a consumer that took only %d rows", Patience, taken)
		}
		Take(t, s, done+taken, 1)
		for began := time.Now(); time.Since(began) < 20*time.Microsecond; {
			// Simulate the consumer's work. The server has already written the next rows.
		}
	}
	return taken
}
