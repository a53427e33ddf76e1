package integration_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// soon is the longest that a test accepts for what needs no waiting but the network's. It takes milliseconds on a
// machine that has nothing else to do.
const soon = 3 * time.Second

// ways of leaving a stream before its end, and what Err says then.
var ways = []struct {
	name  string
	leave func(t *testing.T, s *stream.Stream, end context.CancelFunc) error
	want  error
}{
	{"Close", func(_ *testing.T, s *stream.Stream, _ context.CancelFunc) error { return s.Close() }, nil},
	{"Cancel", func(t *testing.T, s *stream.Stream, _ context.CancelFunc) error {
		return s.Cancel(bounded(t))
	}, werr.ErrCancelled},
	{"the context's end", func(_ *testing.T, s *stream.Stream, end context.CancelFunc) error {
		end()
		for s.Next() { // a row that was on its way may still come
		}
		return s.Close()
	}, context.Canceled},
}

// A result of 50 million rows that is left after a few: back at once, the server has stopped, and the same backend goes
// on.
func TestLeavingALargeResult(t *testing.T) {
	t.Parallel()
	onRoutes(t, func(t *testing.T, dsn string) {
		onModes(t, func(t *testing.T, mode stream.Option) {
			c, watcher := connectWith(t, dsn, nil), connect(t, dsn)
			pid := c.PID()
			for _, way := range ways {
				fastest := patience
				for _, n := range []int{0, 1, 5000} {
					ctx, end := context.WithCancel(bounded(t))
					s, err := c.Query(ctx, fiftyMillion, mode)
					if err != nil {
						t.Fatal(err)
					}
					for range n {
						if !s.Next() {
							t.Fatalf("%d rows, then %v", n, s.Err())
						}
					}
					began := time.Now()
					if err := way.leave(t, s, end); err != nil {
						t.Errorf("%s after %d rows: %v", way.name, n, err)
					}
					fastest = min(fastest, time.Since(began))
					if got := activity(t, watcher, pid); got != `"idle"` {
						t.Errorf("after %s the backend is %q", way.name, got)
					}
					if err := s.Err(); !errors.Is(err, way.want) || s.Next() {
						t.Errorf("after %s Err is %v, want %v, and no further row", way.name, err, way.want)
					}
					usable(t, c, pid)
					end()
				}
				if fastest > time.Second { // the others may have met a busy machine
					t.Errorf("%s took %v at best", way.name, fastest)
				}
			}
		})
	})
}

// A query that has ended on the server, and whose end has arrived, is left without a cancel: nobody notices.
func TestClosingAfterTheLastRow(t *testing.T) {
	t.Parallel()
	onRoutes(t, func(t *testing.T, dsn string) {
		c := connect(t, dsn)
		pid := c.PID()
		for range 50 {
			s := begun(t, c, series(10), 10)
			if err := s.Close(); err != nil || s.Err() != nil {
				t.Fatalf("Close: %v, Err: %v", err, s.Err())
			}
		}
		usable(t, c, pid)
	})
}

// After its end a stream says so, however often it is asked, and keeps the row in the consumer's hands.
func TestStreamAfterItsEnd(t *testing.T) {
	t.Parallel()
	c := connectWith(t, servers(t)[0].DSN(), nil)
	s := begun(t, c, fiftyMillion, 3)
	row := s.Row()
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	usable(t, c, c.PID())
	if string(row) != "3" {
		t.Errorf("the row in hand became %q: it lives until Next", row)
	}
	if s.Next() || s.Row() != nil {
		t.Errorf("after Close came the row %s", s.Row())
	}
	for name, got := range map[string]error{"Pause": s.Pause(), "Resume": s.Resume()} {
		if !errors.Is(got, werr.ErrStreamAlreadyClosed) {
			t.Errorf("%s after Close: %v", name, got)
		}
	}
	if err := s.Cancel(bounded(t)); err != nil || s.Err() != nil {
		t.Errorf("Cancel after Close: %v, and Err %v", err, s.Err())
	}
	if s.State() != stream.Completed || c.State() != conn.Idle {
		t.Errorf("states %v and %v", s.State(), c.State())
	}
}
