package integration_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func TestPauseBeforeTheFirstNext(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const n = 20_000
		c, o := testbed.Connect(t, testbed.DSN(t)), testbed.Observe(t, testbed.DSN(t))
		s := testbed.Query(t, c, testbed.Numbered(n, 2000), m.With()...)
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		reads := testbed.Consume(s)
		o.WaitSent(c.PID())
		testbed.Eventually(t, "a consumer that has taken what was buffered", func() bool { return s.Stats().ItemsBuffered == 0 })
		st := s.Stats()
		if st.State != stream.Paused || m != testbed.Always && st.TotalRowsYielded != 0 {
			t.Errorf("stats %v", st)
		}
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
		reads.Wait(t)
		if got := reads.Taken(); got != n || s.Err() != nil {
			t.Errorf("%d rows of %d, then %v", got, n, s.Err())
		}
	})
}

func TestPauseInTheWrongState(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		c := testbed.Connect(t, testbed.DSN(t))
		const n = 100
		s := testbed.Query(t, c, testbed.Numbered(n, 100), m.With()...)
		for name, err := range map[string]error{"never paused": s.Resume()} {
			if !errors.Is(err, werr.ErrStreamNotPaused) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := errors.Join(s.Pause(), s.Pause(), s.Resume()); err != nil {
			t.Errorf("pausing twice, resuming once: %v", err)
		}
		if err := s.Resume(); !errors.Is(err, werr.ErrStreamNotPaused) {
			t.Errorf("resuming twice: %v", err)
		}
		testbed.Take(t, s, 0, n)
		if s.Next() || s.Err() != nil {
			t.Fatalf("after the last row: %v", s.Err())
		}
		if err := s.PauseWithReason("too late"); !errors.Is(err, werr.ErrStreamAlreadyClosed) {
			t.Errorf("pausing a finished stream: %v", err)
		}
		if err := s.Resume(); !errors.Is(err, werr.ErrStreamNotPaused) {
			t.Errorf("resuming a finished stream: %v", err)
		}
		if s.State() != stream.Completed || s.Err() != nil {
			t.Errorf("state %v, error %v", s.State(), s.Err())
		}
	})
}

// socketEvent is an operation of the library on its socket.
type socketEvent string

const (
	readBegins socketEvent = "a read begins"
	readEnds   socketEvent = "a read ends"
	interrupt  socketEvent = "a read is interrupted" // by a deadline that has passed
)

// watchedConn is a connection that records the operations on it.
type watchedConn struct {
	net.Conn
	mu     sync.Mutex
	events []socketEvent
}

func (w *watchedConn) note(e socketEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

func (w *watchedConn) Read(p []byte) (int, error) {
	w.note(readBegins)
	defer w.note(readEnds)
	return w.Conn.Read(p)
}

func (w *watchedConn) SetReadDeadline(deadline time.Time) error {
	if !deadline.IsZero() && deadline.Before(time.Now()) {
		w.note(interrupt)
	}
	return w.Conn.SetReadDeadline(deadline)
}

// since returns the events after the first n, and how many there are in all.
func (w *watchedConn) since(n int) (events []socketEvent, all int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events[n:]), len(w.events)
}

// waitLast waits until an event is the last one, and returns how many there are.
func (w *watchedConn) waitLast(t *testing.T, e socketEvent) (all int) {
	t.Helper()
	testbed.Eventually(t, string(e), func() bool {
		var events []socketEvent
		events, all = w.since(0)
		return len(events) > 0 && events[len(events)-1] == e
	})
	return all
}

// Pause must stop reading within 10 ms. That is guaranteed as follows: the read in progress is interrupted before Pause
// returns, it ends although the server sends nothing, and there is no other read until Resume. Only Resume makes the
// next one begin. Nothing waits for a timer or a byte, so nothing takes time.
func TestPauseLatency(t *testing.T) {
	t.Parallel()
	testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
		const rounds = 200
		var watched *watchedConn
		c := testbed.Connect(t, testbed.DSN(t), func(cfg *conn.Config) {
			cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				nc, err := new(net.Dialer).DialContext(ctx, network, address)
				if err != nil || watched != nil { // later ones are for cancels
					return nc, err
				}
				watched = &watchedConn{Conn: nc}
				return watched, nil
			}
		})
		b := testbed.Observe(t, testbed.DSN(t)).Raise()
		s := testbed.Query(t, c, testbed.Numbered(100, 1000)+b.Behind(20), m.With()...)
		reads := testbed.Consume(s)
		for range rounds {
			before := watched.waitLast(t, readBegins)
			if err := s.Pause(); err != nil {
				t.Fatal(err)
			}
			if events, _ := watched.since(before); !slices.Contains(events, interrupt) {
				t.Fatalf("events when Pause returned: %q", events)
			}
			testbed.Eventually(t, "the end of the read", func() bool {
				events, _ := watched.since(before)
				return slices.Contains(events, readEnds)
			})
			if events, _ := watched.since(before); slices.Contains(events, readBegins) {
				t.Fatalf("events while the stream was paused: %q", events)
			}
			if err := s.Resume(); err != nil {
				t.Fatal(err)
			}
		}
		watched.waitLast(t, readBegins)
		b.Open()
		reads.Wait(t)
		if got := reads.Taken(); got != 100 {
			t.Errorf("%d rows of 100, then %v", got, s.Err())
		}
	})
}
