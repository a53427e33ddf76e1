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

// cancelRequestBytes is the length of a CancelRequest, on a connection that is not encrypted.
const cancelRequestBytes = 16

// A connection is idle again after a cancel only where it is proven that no cancel can still be on its way: each
// request was never written, or its connection ended in an end of file. Everything else closes it, in time.
func TestCancelThroughABadNetwork(t *testing.T) {
	t.Parallel()
	const bound = 400 * time.Millisecond // Config.CancelTimeout where the connection is to be closed
	refuse := errors.New("no route to that host")
	for _, tt := range []struct {
		name   string
		harm   func(r *relay)
		idle   bool // afterwards; else closed
		prompt bool // without waiting for the bound
		plain  bool // not under TLS, whose handshake comes first
	}{
		{"sound", func(*relay) {}, true, true, false},
		{"slow", func(r *relay) { r.orderBoth(cancels, harm{delay: 20 * time.Millisecond}) }, true, true, false},
		{"in single bytes", func(r *relay) { r.orderBoth(cancels, harm{pieces: piecesUpTo(1)}) }, true, true, false},
		{"refused twice", func(r *relay) {
			left := 2
			r.onDial(func(int) error {
				if left--; left >= 0 {
					return refuse
				}
				return nil
			})
		}, true, true, false},
		{"refused", func(r *relay) { r.onDial(func(int) error { return refuse }) }, false, false, false},
		{"request held back", func(r *relay) { r.order(cancels, towardsServer, harm{end: hole}) }, false, false, false},
		{"request cut and held back", func(r *relay) { r.order(cancels, towardsServer, harm{after: 7, end: hole}) },
			false, false, false},
		{"end held back", func(r *relay) { r.order(cancels, towardsClient, harm{end: hole}) }, false, false, false},
		{"reset before the request", func(r *relay) { r.order(cancels, towardsServer, harm{after: 1, end: reset}) },
			false, true, true},
		{"reset after the request", func(r *relay) {
			r.order(cancels, towardsServer, harm{after: cancelRequestBytes, end: reset})
		}, false, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for route, dsn := range routes(t, servers(t)[0]) {
				if tt.plain && route != "tcp" { // a Unix socket knows no reset without unread data
					continue
				}
				t.Run(route, func(t *testing.T) {
					t.Parallel()
					for way, leave := range waysOut {
						if !tt.prompt && route != "tcp" && way != "Close" { // they have shown that they are alike
							continue
						}
						t.Run(way, func(t *testing.T) {
							timeout := bound
							if tt.idle {
								timeout = patience
							}
							c, r := connectRelayed(t, withoutJIT(t, dsn), func(cfg *conn.Config) { cfg.CancelTimeout = timeout })
							pid := c.PID()
							ctx, stop := context.WithCancel(bounded(t))
							defer stop()
							s, err := c.Query(ctx, numbered(endless, 1000))
							if err != nil {
								t.Fatal(err)
							}
							take(t, s, 0, 100)
							tt.harm(r)
							began := time.Now()
							inTime(t, way, bound, func() { err = leave(s, stop) })
							if took := time.Since(began); !tt.prompt && took < bound/2 {
								t.Errorf("%s took %v: what could still come was not waited for", way, took)
							}
							// Cancel gives no error where the query is over, the connection with it.
							if (err == nil) != tt.idle && (way != "Cancel" || !tt.prompt) {
								t.Errorf("%s: %v", way, err)
							}
							r.heal() // what was held back goes its way now: it must not meet a query of ours
							if !tt.idle {
								mustClose(t, c)
								return
							}
							unharmed(t, c, pid)
						})
					}
				})
			}
		})
	}
}

// waysOut are the ways of leaving a stream before its end. The last one returns what Close makes of it.
var waysOut = map[string]func(s *stream.Stream, stop func()) error{
	"Close":  func(s *stream.Stream, _ func()) error { return s.Close() },
	"Cancel": func(s *stream.Stream, _ func()) error { return s.Cancel(context.Background()) },
	"context": func(s *stream.Stream, stop func()) error {
		stop()
		for s.Next() { // rows that were there already
		}
		return s.Close()
	},
}

// unharmed fails unless queries that take their time run to their end, on the same backend.
func unharmed(t testing.TB, c *conn.Conn, pid uint32) {
	t.Helper()
	for range 3 {
		rows(t, query(t, c, "SELECT to_json(1) AS data FROM pg_sleep(0.05)"))
		usable(t, c, pid)
	}
}

// A cancel that is still on its way when the query ends by itself is waited for, so that it hits nothing else.
func TestALateCancelHitsNoOtherQuery(t *testing.T) {
	t.Parallel()
	const late = 150 * time.Millisecond
	onFirstRoutes(t, func(t *testing.T, dsn string) {
		for way, leave := range waysOut {
			t.Run(way, func(t *testing.T) {
				t.Parallel()
				c, r := connectRelayed(t, dsn, nil)
				pid := c.PID()
				ctx, stop := context.WithCancel(bounded(t))
				defer stop()
				r.order(cancels, towardsServer, harm{delay: late})
				s, err := c.Query(ctx, numbered(20_000, 1000)) // more than the buffers between hold, and soon sent
				if err != nil {
					t.Fatal(err)
				}
				take(t, s, 0, 10)
				if err := leave(s, stop); err != nil {
					t.Fatalf("%s: %v", way, err)
				}
				unharmed(t, c, pid)
			})
		}
	})
}

// A connection whose cancel could not be sent is usable all the same where the query ends by itself: that nothing was
// sent is proof enough.
func TestACancelThatCannotBeSent(t *testing.T) {
	t.Parallel()
	onFirstRoutes(t, func(t *testing.T, dsn string) {
		c, r := connectRelayed(t, dsn, nil)
		pid := c.PID()
		r.onDial(func(int) error { return errors.New("no route to that host") })
		s := query(t, c, numbered(20_000, 1000))
		take(t, s, 0, 10)
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
	// A reader in the background may find the end before Close does, behind rows that nobody will take.
	broken := []werr.Category{werr.CategoryIO, werr.CategoryClosed}
	for _, tt := range []struct {
		name string
		harm harm
		want []werr.Category // of what Close returns; none: the connection is usable
		wait time.Duration   // at least
	}{
		{"sound", harm{}, nil, 0},
		{"slow", harm{delay: time.Millisecond}, nil, 0},
		{"in pieces", harm{pieces: piecesUpTo(5000)}, nil, 0},
		{"too slow", harm{rate: 10_000}, []werr.Category{werr.CategoryTimeout}, bound},
		{"black hole", harm{end: hole}, []werr.Category{werr.CategoryTimeout}, bound},
		{"black hole later", harm{after: 30_000, end: hole}, []werr.Category{werr.CategoryTimeout}, bound},
		{"half-close", harm{after: 30_000, end: halfClose}, broken, 0},
		{"close", harm{after: 30_000, end: shutDown}, broken, 0},
		{"reset", harm{after: 30_000, end: reset}, broken, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onFirstRoutes(t, func(t *testing.T, dsn string) {
				o := observe(t, dsn)
				onFills(t, func(t *testing.T, f fill) {
					timeout := bound
					if tt.want == nil {
						timeout = patience
					}
					c, r := connectRelayed(t, withoutJIT(t, dsn), func(cfg *conn.Config) { cfg.CancelTimeout = timeout })
					pid := c.PID()
					r.order(mainConnection, towardsClient, harm{after: 200_000, end: hole})
					s := query(t, c, numbered(endless, 1000), f.with()...)
					take(t, s, 0, 50)
					o.waitHeldBack(pid) // much is on its way now
					r.order(mainConnection, towardsClient, tt.harm)
					began := time.Now()
					var err error
					inTime(t, "Close", timeout, func() { err = s.Close() })
					if took := time.Since(began); took < tt.wait {
						t.Errorf("Close took %v, want at least %v", took, tt.wait)
					}
					if s.Err() != nil && tt.want == nil {
						t.Errorf("the stream's error is %v", s.Err())
					}
					if tt.want == nil {
						if err != nil {
							t.Fatalf("close: %v", err)
						}
						usable(t, c, pid)
						return
					}
					ofCategory(t, err, tt.want...)
					mustClose(t, c)
				})
			})
		})
	}
}
