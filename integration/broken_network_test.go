package integration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// takePrefix takes rows of numbered until there are no more: each must be exactly the next one.
func takePrefix(t testing.TB, s *stream.Stream, size int) (n int) {
	t.Helper()
	for s.Next() {
		n++
		if got, want := string(s.Row()), fmt.Sprintf(`"%0*d"`, size-2, n); got != want {
			t.Fatalf("row %d is %.60s", n, got)
		}
	}
	return n
}

// piecesUpTo returns a function for random sizes of pieces.
func piecesUpTo(n int) func() int { return func() int { return 1 + rand.IntN(n) } }

// Rows that arrive slowly, or in pieces, are correct.
func TestRowsThroughASlowNetwork(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]testbed.Harm{
		"latency":       {Delay: 3 * time.Millisecond},
		"bandwidth":     {Rate: 1 << 20},
		"single bytes":  {Pieces: piecesUpTo(1)},
		"small pieces":  {Pieces: piecesUpTo(17)},
		"medium pieces": {Pieces: piecesUpTo(3000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
				testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
					const n, size = 150, 120
					p := testbed.NewProxy(t)
					c := testbed.Connect(t, dsn, p.Through)
					pid := c.PID()
					p.OrderBoth(testbed.MainConnection, h)
					s := testbed.Query(t, c, testbed.Numbered(n, size), mode.Option())
					if got := takePrefix(t, s, size); got != n || s.Err() != nil {
						t.Errorf("%d rows of %d, then %v", got, n, s.Err())
					}
					testbed.Usable(t, c, pid)
				})
			})
		})
	}
}

// The bytes of the end of an answer in the extended protocol, on a connection that is not encrypted.
const (
	readyForQuery = 1 + 4 + 1                  // type, length, status
	selectTag     = 1 + 4 + len("SELECT ") + 1 // CommandComplete, without the digits
)

// Wherever the connection ends, the rows that have arrived whole are delivered, in order, and then an error: never a
// clean end, even if only the last byte of the answer is missing.
func TestTheConnectionEnds(t *testing.T) {
	t.Parallel()
	const n, size = 200, 120
	const rowsEnd = testbed.BeforeRows + n*(testbed.AroundRow+size)
	const total = rowsEnd + selectTag + len("200") + readyForQuery
	dsn := testbed.DSN(t)
	for _, cut := range []int{
		0, 3, testbed.BeforeRows - 1, testbed.BeforeRows, testbed.BeforeRows + 1, testbed.BeforeRows + testbed.AroundRow,
		testbed.BeforeRows + testbed.AroundRow + size,
		total / 2, rowsEnd - 1, rowsEnd, rowsEnd + 3, total - readyForQuery, total - 1,
	} {
		for name, end := range map[string]testbed.Ending{"half-close": testbed.HalfClose, "close": testbed.ShutDown,
			"reset": testbed.Reset} {
			t.Run(fmt.Sprintf("%s after %d", name, cut), func(t *testing.T) {
				t.Parallel()
				testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
					p := testbed.NewProxy(t)
					c := testbed.Connect(t, dsn, p.Through)
					p.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{After: cut, End: end})
					got, err := runNumbered(t, c, testbed.Numbered(n, size), size, mode.Option())
					whole := min(n, max(0, (cut-testbed.BeforeRows)/(testbed.AroundRow+size)))
					if got > whole || end != testbed.Reset && got != whole {
						t.Errorf("%d rows, %d had arrived", got, whole)
					}
					testbed.CheckCategory(t, err, werr.CategoryIO)
					if cut > 0 && werr.SafeToRetry(err) { // at 0 the connection ends before the query is sent
						t.Errorf("%v is safe to retry, but the query had been sent", err)
					}
					testbed.WaitClosed(t, c)
				})
			})
		}
	}
	t.Run("after the answer", func(t *testing.T) {
		p := testbed.NewProxy(t)
		c := testbed.Connect(t, dsn, p.Through)
		p.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{After: total, End: testbed.ShutDown})
		if got, err := runNumbered(t, c, testbed.Numbered(n, size), size); got != n || err != nil {
			t.Errorf("%d rows of %d, then %v", got, n, err)
		}
		_, err := runNumbered(t, c, testbed.Numbered(n, size), size)
		testbed.CheckCategory(t, err, werr.CategoryIO, werr.CategoryClosed)
		testbed.WaitClosed(t, c)
	})
}

// runNumbered runs a query of numbered rows to its end, or until it fails.
func runNumbered(t testing.TB, c *conn.Conn, sql string, size int, opts ...stream.Option) (n int, err error) {
	t.Helper()
	s, err := c.Query(testbed.Context(t), sql, opts...)
	if err != nil {
		return 0, err
	}
	n = takePrefix(t, s, size)
	err = s.Err()
	s.Close() // the stream's own error is the result
	return n, err
}

// With TLS a cut is never taken for an end either, although the bytes cannot be counted.
func TestTheConnectionEndsUnderTLS(t *testing.T) {
	t.Parallel()
	const n, size = 200, 120
	for _, s := range testbed.OwnServers(t) {
		dsn := testbed.Routes(t, s)["tls"]
		for name, end := range map[string]testbed.Ending{"half-close": testbed.HalfClose, "close": testbed.ShutDown,
			"reset": testbed.Reset} {
			t.Run(s.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				for cut := 0; cut < 26_000; cut += 2611 {
					p := testbed.NewProxy(t)
					c := testbed.Connect(t, dsn, p.Through)
					p.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{After: cut, End: end})
					got, err := runNumbered(t, c, testbed.Numbered(n, size), size)
					if got == n {
						t.Errorf("all rows were delivered from the first %d bytes", cut)
					}
					testbed.CheckCategory(t, err, werr.CategoryIO)
					testbed.WaitClosed(t, c)
				}
			})
		}
	}
}

// A network that drops everything: nothing blocks longer than the caller has allowed.
func TestBlackHoleInTheRows(t *testing.T) {
	t.Parallel()
	const size, bound = 1000, 80 * time.Millisecond
	const drain = 150 * time.Millisecond
	for _, tt := range []struct {
		name  string
		leave func(s *stream.Stream, stop func()) // once nothing arrives any more
		opts  []stream.Option
		want  werr.Category
	}{
		{"context", func(_ *stream.Stream, stop func()) { stop() }, nil, werr.CategoryCancelled},
		{"stall timeout", func(*stream.Stream, func()) {}, []stream.Option{stream.WithStallTimeout(bound)},
			werr.CategoryTimeout},
		{"Close", func(s *stream.Stream, _ func()) { s.Close() }, nil, werr.CategoryNone}, // see below
		{"Cancel", func(s *stream.Stream, _ func()) { s.Cancel(context.Background()) }, nil, // see below
			werr.CategoryCancelled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
				testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
					p := testbed.NewProxy(t)
					c := testbed.Connect(t, dsn, p.Through, testbed.CancelTimeout(drain))
					ctx, stop := context.WithCancel(testbed.Context(t))
					defer stop()
					p.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{After: 100_000, End: testbed.Hole})
					s, err := c.Query(ctx, testbed.Numbered(testbed.Endless, size), append(tt.opts, mode.Option())...)
					if err != nil {
						t.Fatal(err)
					}
					var leaving sync.WaitGroup
					leaving.Go(func() {
						p.WaitHarmed(t, testbed.MainConnection)
						tt.leave(s, stop)
					})
					takePrefix(t, s, size)
					if !p.Harmed(testbed.MainConnection) {
						// The server was too slow.
						p.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{End: testbed.Hole})
					}
					leaving.Wait()
					if err := s.Err(); werr.CategoryOf(err) != tt.want {
						t.Errorf("%v is of category %q, want %q", err, werr.CategoryOf(err), tt.want)
					}
					testbed.Ends(t, "Close", func() { err = s.Close() })
					if tt.name != "stall timeout" && err == nil {
						t.Error("Close returns no error, although the connection cannot be used again")
					}
					if tt.name != "stall timeout" || err != nil {
						testbed.WaitClosed(t, c)
					}
				})
			})
		})
	}
}

// A hole that ends in time does no harm: nothing that was sent before it is lost.
func TestABlackHoleThatEnds(t *testing.T) {
	t.Parallel()
	const size = 1000
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			t.Parallel()
			p := testbed.NewProxy(t)
			c := testbed.Connect(t, dsn, p.Through)
			pid := c.PID()
			ctx, stop := context.WithCancel(testbed.Context(t))
			p.Order(testbed.MainConnection, testbed.TowardsClient, testbed.Harm{After: 100_003, End: testbed.Hole})
			s, err := c.Query(ctx, testbed.Numbered(testbed.Endless, size), mode.Option())
			if err != nil {
				t.Fatal(err)
			}
			testbed.Take(t, s, 0, 50)
			testbed.Eventually(t, "the hole", func() bool { return p.Harmed(testbed.MainConnection) })
			stop()
			for s.Next() { // rows taken before the end was noticed do not matter
			}
			if !errors.Is(s.Err(), context.Canceled) {
				t.Errorf("after the context's end: %v", s.Err())
			}
			p.Heal()
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			testbed.Usable(t, c, pid)
		})
	})
}

// What the client sends is dropped: an answer that is already on its way still arrives, the next one never does.
func TestBlackHoleTowardsTheServer(t *testing.T) {
	t.Parallel()
	const n, size, bound = 2000, 500, 80 * time.Millisecond
	for name, ask := range map[string]func(ctx context.Context, c *conn.Conn) error{
		"Query": func(ctx context.Context, c *conn.Conn) error {
			_, err := c.Query(ctx, testbed.Documents(1))
			return err
		},
		"Ping": func(ctx context.Context, c *conn.Conn) error { return c.Ping(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
				p := testbed.NewProxy(t)
				c := testbed.Connect(t, dsn, p.Through, testbed.CancelTimeout(bound))
				s := testbed.Query(t, c, testbed.Numbered(n, size))
				p.Order(testbed.MainConnection, testbed.TowardsServer, testbed.Harm{End: testbed.Hole})
				if got := takePrefix(t, s, size); got != n || s.Err() != nil {
					t.Fatalf("%d rows of %d, then %v", got, n, s.Err())
				}
				ctx, stop := context.WithTimeout(t.Context(), bound)
				defer stop()
				testbed.Ends(t, name, func() {
					if err := ask(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s into a black hole: %v", name, err)
					}
				})
				testbed.WaitClosed(t, c)
			})
		})
	}
	t.Run("Close", func(t *testing.T) {
		t.Parallel()
		p := testbed.NewProxy(t)
		c := testbed.Connect(t, testbed.DSN(t), p.Through)
		p.OrderBoth(testbed.MainConnection, testbed.Harm{End: testbed.Hole})
		testbed.Ends(t, "Conn.Close", func() {
			if err := c.Close(t.Context()); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		testbed.WaitClosed(t, c)
	})
}

// Whatever happens to a login, it ends within the connect timeout, and the error says what happened.
func TestLoginThroughABadNetwork(t *testing.T) {
	t.Parallel()
	const bound = 80 * time.Millisecond
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		for name, end := range map[string]testbed.Ending{"hole": testbed.Hole, "close": testbed.ShutDown,
			"half-close": testbed.HalfClose, "reset": testbed.Reset} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for _, d := range []testbed.Direction{testbed.TowardsClient, testbed.TowardsServer} {
					for _, cut := range []int{0, 1, 5, 9, 60} {
						p := testbed.NewProxy(t)
						p.Order(testbed.MainConnection, d, testbed.Harm{After: cut, End: end})
						cfg := testbed.Config(t, dsn, p.Through)
						cfg.ConnectTimeout = bound
						testbed.Ends(t, "the login", func() {
							c, err := conn.ConnectConfig(testbed.Context(t), cfg)
							if err == nil {
								testbed.Close(t, c)
								t.Fatalf("logged in despite %v after %d bytes in direction %v", name, cut, d)
							}
							var failed *werr.ConnectError
							encrypting := werr.CategoryOf(err) == werr.CategoryTLS // the cause may be in the settings
							if !errors.As(err, &failed) || werr.SafeToRetry(err) == encrypting {
								t.Errorf("%v, want a *ConnectError that is safe to retry unless TLS failed", err)
							}
							if end == testbed.Hole {
								testbed.CheckTimeout(t, err, "connect", bound)
							} else {
								testbed.CheckCategory(t, err, werr.CategoryConnect, werr.CategoryIO, werr.CategoryTLS, werr.CategoryTimeout)
							}
						})
					}
				}
			})
		}
	})
}
