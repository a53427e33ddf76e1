package integration_test

import (
	"context"
	"errors"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// ways are the ways of leaving a stream before its end, with the result of Err.
var ways = []struct {
	name  string
	leave func(t *testing.T, s *stream.Stream, end context.CancelFunc) error
	want  error
}{
	{"Close", func(_ *testing.T, s *stream.Stream, _ context.CancelFunc) error { return s.Close() }, nil},
	{"Cancel", func(t *testing.T, s *stream.Stream, _ context.CancelFunc) error {
		return s.Cancel(testbed.Context(t))
	}, werr.ErrCancelled},
	{"the context's end", func(_ *testing.T, s *stream.Stream, end context.CancelFunc) error {
		end()
		for s.Next() { // a row that was on its way may still be delivered
		}
		return s.Close()
	}, context.Canceled},
}

// An endless result is left after a few rows: the server has stopped when the call returns, and the same backend is
// used again.
func TestLeavingALargeResult(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			c, watcher := testbed.Connect(t, dsn), testbed.Observe(t, dsn)
			pid := c.PID()
			for _, way := range ways {
				for _, n := range []int{0, 1, 5000} {
					ctx, end := context.WithCancel(testbed.Context(t))
					s, err := c.Query(ctx, testbed.EndlessIntegers, mode.Option())
					if err != nil {
						t.Fatal(err)
					}
					for range n {
						if !s.Next() {
							t.Fatalf("%d rows, then %v", n, s.Err())
						}
					}
					testbed.Ends(t, way.name, func() { // the server would continue for a quarter of an hour
						if err := way.leave(t, s, end); err != nil {
							t.Errorf("%s after %d rows: %v", way.name, n, err)
						}
					})
					if got := watcher.See(pid); got.State != "idle" {
						t.Errorf("after %s the backend is %v", way.name, got)
					}
					if err := s.Err(); !errors.Is(err, way.want) || s.Next() {
						t.Errorf("after %s Err is %v, want %v, and no further row", way.name, err, way.want)
					}
					testbed.Usable(t, c, pid)
					end()
				}
			}
		})
	})
}

// A query that has ended on the server, and whose end has arrived, is left without a cancel.
func TestClosingAfterTheLastRow(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		c := testbed.Connect(t, dsn)
		pid := c.PID()
		for range 50 {
			s := testbed.Begin(t, c, testbed.Documents(10), 10)
			if err := s.Close(); err != nil || s.Err() != nil {
				t.Fatalf("Close: %v, Err: %v", err, s.Err())
			}
		}
		testbed.Usable(t, c, pid)
	})
}

// After its end a stream reports that as often as it is called, and keeps the consumer's current row intact.
func TestStreamAfterItsEnd(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	s := testbed.Begin(t, c, testbed.EndlessIntegers, 3)
	row := s.Row()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	testbed.Usable(t, c, c.PID())
	if string(row) != "3" {
		t.Errorf("the current row became %q: it must be valid until Next", row)
	}
	if s.Next() || s.Row() != nil {
		t.Errorf("after Close there is the row %s", s.Row())
	}
	for name, got := range map[string]error{"Pause": s.Pause(), "Resume": s.Resume()} {
		if !errors.Is(got, werr.ErrStreamAlreadyClosed) {
			t.Errorf("%s after Close: %v", name, got)
		}
	}
	if err := s.Cancel(testbed.Context(t)); err != nil || s.Err() != nil {
		t.Errorf("Cancel after Close: %v, and Err %v", err, s.Err())
	}
	if s.State() != stream.Completed || c.State() != conn.Idle {
		t.Errorf("states %v and %v", s.State(), c.State())
	}
}
