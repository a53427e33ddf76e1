package integration_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// A busy connection refuses every query at once, even while its stream is paused, and while another goroutine waits for
// rows.
func TestBusyConnection(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) { // the server is not involved
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			c := testbed.Connect(t, dsn)
			refuses := func() {
				testbed.Ends(t, "refusing", func() {
					_, err := c.Query(t.Context(), testbed.Documents(1))
					if !errors.Is(err, werr.ErrConnectionBusy) || !werr.SafeToRetry(err) {
						t.Errorf("Query: %v, want %v, safe to retry", err, werr.ErrConnectionBusy)
					}
					if err := c.Ping(t.Context()); !errors.Is(err, werr.ErrConnectionBusy) {
						t.Errorf("Ping: %v, want %v", err, werr.ErrConnectionBusy)
					}
				})
			}
			elsewhere := func() {
				var wg sync.WaitGroup
				for range 4 {
					wg.Go(refuses)
				}
				wg.Wait()
			}
			s := testbed.Begin(t, c, testbed.EndlessIntegers, 1, mode.Option())
			refuses()
			elsewhere()
			if err := s.Pause(); err != nil {
				t.Fatal(err)
			}
			refuses()
			if err := s.Resume(); err != nil {
				t.Fatal(err)
			}
			if !s.Next() || string(s.Row()) != "2" || c.State() != conn.Streaming {
				t.Errorf("after the refusals: row %s, %v, state %v", s.Row(), s.Err(), c.State())
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			testbed.Usable(t, c, c.PID())
		})
	})
}

// The goroutines that lose the race for a connection are refused; the winner gets the whole result.
func TestRaceForAConnection(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	for range 20 {
		var wg sync.WaitGroup
		streams := make(chan *stream.Stream, 8)
		for range cap(streams) {
			wg.Go(func() {
				s, err := c.Query(t.Context(), testbed.Documents(2000))
				if err != nil {
					if !errors.Is(err, werr.ErrConnectionBusy) {
						t.Errorf("Query: %v", err)
					}
					return
				}
				streams <- s
			})
		}
		wg.Wait()
		close(streams)
		if len(streams) != 1 {
			t.Fatalf("%d streams at once on one connection", len(streams))
		}
		for s := range streams {
			if got := testbed.Rows(t, s); len(got) != 2000 {
				t.Errorf("%d rows of 2000", len(got))
			}
		}
	}
}

func TestClosedConnection(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		watcher := testbed.Observe(t, dsn)
		c := testbed.Connect(t, dsn)
		for range 2 {
			if err := c.Close(testbed.Context(t)); err != nil {
				t.Errorf("Close: %v", err)
			}
		}
		if _, err := c.Query(testbed.Context(t), testbed.Documents(1)); !errors.Is(err,
			werr.ErrConnectionClosed) || !werr.SafeToRetry(err) {
			t.Errorf("Query: %v, want %v, safe to retry", err, werr.ErrConnectionClosed)
		}
		if err := c.Ping(testbed.Context(t)); !errors.Is(err, werr.ErrConnectionClosed) {
			t.Errorf("Ping: %v, want %v", err, werr.ErrConnectionClosed)
		}
		if c.State() != conn.Closed {
			t.Errorf("state %v", c.State())
		}
		if got := watcher.See(c.PID()); got != (testbed.Backend{}) {
			t.Errorf("after Close has waited for the end of the query the backend is %v", got)
		}
	})
}

// Closing a connection ends what it is doing: a stream in any state, a query that waits for its first row.
func TestClosingABusyConnection(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		watcher := testbed.Observe(t, dsn)
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			for name, wait := range map[string]func(*testing.T, *stream.Stream) error{
				"unread":  nil,
				"paused":  func(_ *testing.T, s *stream.Stream) error { return s.Pause() },
				"drained": func(_ *testing.T, s *stream.Stream) error { return s.Close() },
			} {
				t.Run(name, func(t *testing.T) {
					c := testbed.Connect(t, dsn)
					s := testbed.Begin(t, c, testbed.EndlessIntegers, 10, mode.Option())
					want := werr.ErrConnectionClosed
					if wait != nil {
						if err := wait(t, s); err != nil {
							t.Fatal(err)
						}
					}
					if name == "drained" {
						want = nil
					}
					closesAtOnce(t, c, watcher)
					for s.Next() { // buffered rows are dropped
						t.Fatal("a row after the connection was closed")
					}
					if !errors.Is(s.Err(), want) {
						t.Errorf("Err: %v, want %v", s.Err(), want)
					}
					if err := s.Close(); err != nil {
						t.Errorf("Close of the stream: %v", err)
					}
				})
			}
			t.Run("a consumer that waits", func(t *testing.T) {
				c := testbed.Connect(t, dsn)
				s := testbed.Begin(t, c, testbed.Sleepy(3, 3), 1, mode.Option())
				ended := make(chan error, 1)
				go func() {
					for s.Next() {
						t.Error("a row after the connection was closed")
					}
					ended <- s.Err()
				}()
				watcher.WaitEvent(c.PID(), "PgSleep")
				closesAtOnce(t, c, watcher)
				if err := <-ended; !errors.Is(err, werr.ErrConnectionClosed) {
					t.Errorf("Err: %v, want %v", err, werr.ErrConnectionClosed)
				}
			})
		})
		t.Run("a query that waits", func(t *testing.T) {
			c := testbed.Connect(t, dsn)
			ended := make(chan error, 1)
			go func() {
				_, err := c.Query(t.Context(), testbed.Sleepy(1, 1))
				ended <- err
			}()
			watcher.WaitEvent(c.PID(), "PgSleep")
			closesAtOnce(t, c, watcher)
			if err := <-ended; !errors.Is(err, werr.ErrConnectionClosed) {
				t.Errorf("Query: %v, want %v", err, werr.ErrConnectionClosed)
			}
		})
	})
}

func closesAtOnce(t *testing.T, c *conn.Conn, watcher *testbed.Observer) {
	t.Helper()
	testbed.Ends(t, "Close", func() {
		if err := c.Close(testbed.Context(t)); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	watcher.WaitGone(c.PID())
}
