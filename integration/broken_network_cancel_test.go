package integration_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// cancelRequestBytes is the length of a CancelRequest, on a connection that is not encrypted.
const cancelRequestBytes = 16

// harmedCancel is something that happens to cancel requests on their way, and its expected effect.
type harmedCancel struct {
	name   string
	harm   func(p *testbed.Proxy)
	idle   bool // afterwards; otherwise closed
	prompt bool // without waiting for the time limit
	plain  bool // not with TLS, whose handshake comes first
}

// A connection is idle again after a cancel only if it is proven that no cancel can still be on its way: each request
// was never written, or its connection ended with an end of file. In all other cases it is closed, in time.
func TestCancelThroughABadNetwork(t *testing.T) {
	t.Parallel()
	refuse := errors.New("no route to that host")
	for _, tt := range []harmedCancel{
		{"sound", func(*testbed.Proxy) {}, true, true, false},
		{"slow", func(p *testbed.Proxy) { p.OrderBoth(testbed.Cancels, testbed.Harm{Delay: 20 * time.Millisecond}) }, true,
			true, false},
		{"in single bytes", func(p *testbed.Proxy) { p.OrderBoth(testbed.Cancels, testbed.Harm{Pieces: piecesUpTo(1)}) },
			true, true, false},
		{"refused twice", func(p *testbed.Proxy) {
			left := 2
			p.OnDial(func(int) error {
				if left--; left >= 0 {
					return refuse
				}
				return nil
			})
		}, true, true, false},
		{"refused", func(p *testbed.Proxy) { p.OnDial(func(int) error { return refuse }) }, false, false, false},
		{"request held back", func(p *testbed.Proxy) {
			p.Order(testbed.Cancels, testbed.TowardsServer, testbed.Harm{End: testbed.Hole})
		}, false, false, false},
		{"request cut and held back", func(p *testbed.Proxy) {
			p.Order(testbed.Cancels, testbed.TowardsServer, testbed.Harm{After: 7, End: testbed.Hole})
		},
			false, false, false},
		{"end held back", func(p *testbed.Proxy) {
			p.Order(testbed.Cancels, testbed.TowardsClient, testbed.Harm{End: testbed.Hole})
		}, false, false, false},
		{"reset before the request", func(p *testbed.Proxy) {
			p.Order(testbed.Cancels, testbed.TowardsServer, testbed.Harm{After: 1, End: testbed.Reset})
		},
			false, true, true},
		{"reset after the request", func(p *testbed.Proxy) {
			p.Order(testbed.Cancels, testbed.TowardsServer, testbed.Harm{After: cancelRequestBytes, End: testbed.Reset})
		}, false, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for route, dsn := range testbed.Routes(t, testbed.Servers(t)[0]) {
				if tt.plain && route != "tcp" { // a unix socket has no reset without unread data
					continue
				}
				t.Run(route, func(t *testing.T) {
					t.Parallel()
					for way, leave := range waysOut {
						if !tt.prompt && route != "tcp" && way != "Close" { // the ways have been shown to be equivalent
							continue
						}
						t.Run(way, func(t *testing.T) { tt.run(t, dsn, way, leave) })
					}
				})
			}
		})
	}
}

// run leaves a query in one of the ways, with harm to its cancel requests.
func (tt harmedCancel) run(t *testing.T, dsn, way string, leave func(*stream.Stream, func()) error) {
	const bound = 400 * time.Millisecond
	timeout, least := time.Hour, time.Duration(0) // no timeout expires
	if !tt.prompt {
		timeout, least = bound, bound/2
	}
	p := testbed.NewProxy(t)
	c := testbed.Connect(t, dsn, p.Through, testbed.CancelTimeout(timeout))
	pid := c.PID()
	ctx, stop := context.WithCancel(testbed.Context(t))
	defer stop()
	s, err := c.Query(ctx, testbed.Numbered(testbed.Endless, 1000))
	if err != nil {
		t.Fatal(err)
	}
	testbed.Take(t, s, 0, 100)
	tt.harm(p)
	// If it ends too soon, it did not wait for what could still arrive.
	testbed.EndsAfter(t, way, least, func() { err = leave(s, stop) })
	// Cancel returns no error if the query is over, even if the connection is closed too.
	if (err == nil) != tt.idle && (way != "Cancel" || !tt.prompt) {
		t.Errorf("%s: %v", way, err)
	}
	p.Heal() // what was held back is delivered now: it must not hit a query of ours
	if !tt.idle {
		testbed.WaitClosed(t, c)
		return
	}
	unharmed(t, c, pid)
}

// waysOut are the ways of leaving a stream before its end. The last one returns the error of Close.
var waysOut = map[string]func(s *stream.Stream, stop func()) error{
	"Close":  func(s *stream.Stream, _ func()) error { return s.Close() },
	"Cancel": func(s *stream.Stream, _ func()) error { return s.Cancel(context.Background()) },
	"context": func(s *stream.Stream, stop func()) error {
		stop()
		for s.Next() { // rows that had already arrived
		}
		return s.Close()
	},
}

// unharmed fails unless slow queries run to their end, on the same backend.
func unharmed(t testing.TB, c *conn.Conn, pid uint32) {
	t.Helper()
	for range 3 {
		testbed.Rows(t, testbed.Query(t, c, "SELECT to_json(1) AS data FROM pg_sleep(0.05)"))
		testbed.Usable(t, c, pid)
	}
}

// If a cancel is still on its way when the query ends by itself, the library waits for it, so that it hits nothing
// else.
func TestALateCancelHitsNoOtherQuery(t *testing.T) {
	t.Parallel()
	const late = 150 * time.Millisecond
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		for way, leave := range waysOut {
			t.Run(way, func(t *testing.T) {
				t.Parallel()
				p := testbed.NewProxy(t)
				c := testbed.Connect(t, dsn, p.Through)
				pid := c.PID()
				ctx, stop := context.WithCancel(testbed.Context(t))
				defer stop()
				p.Order(testbed.Cancels, testbed.TowardsServer, testbed.Harm{Delay: late})
				s, err := c.Query(ctx, testbed.Numbered(20_000, 1000)) // more than fits into the buffers, but soon sent
				if err != nil {
					t.Fatal(err)
				}
				testbed.Take(t, s, 0, 10)
				if err := leave(s, stop); err != nil {
					t.Fatalf("%s: %v", way, err)
				}
				unharmed(t, c, pid)
			})
		}
	})
}

// A connection whose cancel could not be sent is usable if the query ends by itself: it is proof enough that nothing
// was sent.
func TestACancelThatCannotBeSent(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		p := testbed.NewProxy(t)
		c := testbed.Connect(t, dsn, p.Through)
		pid := c.PID()
		p.OnDial(func(int) error { return errors.New("no route to that host") })
		s := testbed.Query(t, c, testbed.Numbered(20_000, 1000))
		testbed.Take(t, s, 0, 10)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		unharmed(t, c, pid)
	})
}

// What the server still sends after Close is read within Config.CancelTimeout, or the connection is closed.
func TestDrainThroughABadNetwork(t *testing.T) {
	t.Parallel()
	const bound = 300 * time.Millisecond
	// A background reader may find the end before Close does, after rows that will not be taken.
	broken := []werr.Category{werr.CategoryIO, werr.CategoryClosed}
	for _, tt := range []struct {
		name string
		harm testbed.Harm
		want []werr.Category // of the error of Close; none: the connection is usable
		wait time.Duration   // at least
	}{
		{"sound", testbed.Harm{}, nil, 0},
		{"slow", testbed.Harm{Delay: time.Millisecond}, nil, 0},
		{"in pieces", testbed.Harm{Pieces: piecesUpTo(5000)}, nil, 0},
		{"too slow", testbed.Harm{Rate: 10_000}, []werr.Category{werr.CategoryTimeout}, bound},
		{"black hole", testbed.Harm{End: testbed.Hole}, []werr.Category{werr.CategoryTimeout}, bound},
		{"black hole later", testbed.Harm{After: 30_000, End: testbed.Hole}, []werr.Category{werr.CategoryTimeout}, bound},
		{"half-close", testbed.Harm{After: 30_000, End: testbed.HalfClose}, broken, 0},
		{"close", testbed.Harm{After: 30_000, End: testbed.ShutDown}, broken, 0},
		{"reset", testbed.Harm{After: 30_000, End: testbed.Reset}, broken, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
				testbed.FlowModes.Run(t, func(t *testing.T, m testbed.Mode) {
					o := testbed.Observe(t, dsn)
					b := o.Raise()
					timeout := tt.wait
					if timeout == 0 { // no timeout expires
						timeout = time.Hour
					}
					p := testbed.NewProxy(t)
					c := testbed.Connect(t, dsn, p.Through, testbed.CancelTimeout(timeout))
					pid := c.PID()
					p.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{After: 200_000, End: testbed.Hole})
					s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 1000)+b.Behind(270), m.With()...)
					testbed.Take(t, s, 0, 50)
					testbed.Eventually(t, "a hole", func() bool { return p.Harmed(testbed.MainConnection) })
					// More than 60,000 bytes have been sent behind the hole. That the server is held back would not prove
					// that: it may have room again, and no turn on a processor yet to use it.
					o.WaitEvent(pid, "advisory")
					b.Open()
					o.WaitHeldBack(pid)
					p.Order(testbed.MainConnection, testbed.TowardsClient, tt.harm)
					var err error
					testbed.EndsAfter(t, "Close", tt.wait, func() { err = s.Close() })
					if s.Err() != nil && tt.want == nil {
						t.Errorf("the stream's error is %v", s.Err())
					}
					if tt.want == nil {
						if err != nil {
							t.Fatalf("close: %v", err)
						}
						testbed.Usable(t, c, pid)
						return
					}
					testbed.CheckCategory(t, err, tt.want...)
					testbed.WaitClosed(t, c)
				})
			})
		})
	}
}
