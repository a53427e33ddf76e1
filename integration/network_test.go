package integration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// overrun is by how much anything with a bound may exceed it, on a machine that has much else to do.
const overrun = 5 * time.Second

// onFirstRoutes runs a test on each way to the first server: the others would say the same of the library.
func onFirstRoutes(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	for name, dsn := range routes(t, servers(t)[0]) {
		t.Run(name, func(t *testing.T) { test(t, dsn) })
	}
}

// inTime fails unless f returns before its bound has passed by more than the overrun.
func inTime(t testing.TB, what string, bound time.Duration, f func()) {
	t.Helper()
	began := time.Now()
	f()
	if took := time.Since(began); took > bound+overrun {
		t.Errorf("%s took %v, its bound is %v", what, took, bound)
	}
}

// ofCategory fails unless err is an error of one of the categories.
func ofCategory(t testing.TB, err error, categories ...werr.Category) {
	t.Helper()
	if got := werr.CategoryOf(err); err == nil || !slices.Contains(categories, got) {
		t.Errorf("%v is of category %q, want one of %q", err, got, categories)
	}
}

// takePrefix takes rows of numbered until there are no more: each must be the next one, byte for byte.
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

// mustClose fails unless the connection closes, and says so.
func mustClose(t testing.TB, c *conn.Conn) {
	t.Helper()
	eventually(t, "a closed connection", func() bool { return c.State() == conn.Closed })
	if _, err := c.Query(bounded(t), series(1)); !errors.Is(err, werr.ErrConnectionClosed) {
		t.Errorf("a query on a closed connection: %v", err)
	}
}

// piecesUpTo is a random size of pieces.
func piecesUpTo(n int) func() int { return func() int { return 1 + rand.IntN(n) } }

// What is slow, or comes in pieces, is right all the same.
func TestRowsThroughASlowNetwork(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]harm{
		"latency":       {delay: 3 * time.Millisecond},
		"bandwidth":     {rate: 1 << 20},
		"single bytes":  {pieces: piecesUpTo(1)},
		"small pieces":  {pieces: piecesUpTo(17)},
		"medium pieces": {pieces: piecesUpTo(3000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onFirstRoutes(t, func(t *testing.T, dsn string) {
				onModes(t, func(t *testing.T, mode stream.Option) {
					const n, size = 150, 120
					c, r := connectRelayed(t, dsn, nil)
					pid := c.PID()
					r.orderBoth(mainConnection, h)
					s := query(t, c, numbered(n, size), mode)
					if got := takePrefix(t, s, size); got != n || s.Err() != nil {
						t.Errorf("%d rows of %d, then %v", got, n, s.Err())
					}
					usable(t, c, pid)
				})
			})
		})
	}
}

// The bytes of an answer in the extended protocol, on a connection that is not encrypted.
const (
	beforeRows    = 5 + 5 + 30                 // ParseComplete, BindComplete, RowDescription of the column data
	aroundRow     = 1 + 4 + 2 + 4              // type, length, number of columns, length of the column
	readyForQuery = 1 + 4 + 1                  // type, length, status
	selectTag     = 1 + 4 + len("SELECT ") + 1 // CommandComplete, without the digits
)

// Wherever the connection ends, the rows that have come whole are delivered, in order, and then an error: never a clean
// end, also where all that lacks is the last byte of the answer.
func TestTheConnectionEnds(t *testing.T) {
	t.Parallel()
	const n, size = 200, 120
	const rowsEnd = beforeRows + n*(aroundRow+size)
	const total = rowsEnd + selectTag + len("200") + readyForQuery
	dsn := mainDSN(t)
	for _, cut := range []int{
		0, 3, beforeRows - 1, beforeRows, beforeRows + 1, beforeRows + aroundRow, beforeRows + aroundRow + size,
		total / 2, rowsEnd - 1, rowsEnd, rowsEnd + 3, total - readyForQuery, total - 1,
	} {
		for name, end := range map[string]ending{"half-close": halfClose, "close": shutDown, "reset": reset} {
			t.Run(fmt.Sprintf("%s after %d", name, cut), func(t *testing.T) {
				t.Parallel()
				onModes(t, func(t *testing.T, mode stream.Option) {
					c, r := connectRelayed(t, dsn, nil)
					r.order(mainConnection, towardsClient, harm{after: cut, end: end})
					got, err := runNumbered(t, c, numbered(n, size), size, mode)
					whole := min(n, max(0, (cut-beforeRows)/(aroundRow+size)))
					if got > whole || end != reset && got != whole {
						t.Errorf("%d rows, %d had come", got, whole)
					}
					ofCategory(t, err, werr.CategoryIO)
					if cut > 0 && werr.SafeToRetry(err) { // at 0 the connection ends before the query is sent
						t.Errorf("%v is called safe to retry: the query had been sent", err)
					}
					mustClose(t, c)
				})
			})
		}
	}
	t.Run("after the answer", func(t *testing.T) {
		c, r := connectRelayed(t, dsn, nil)
		r.order(mainConnection, towardsClient, harm{after: total, end: shutDown})
		if got, err := runNumbered(t, c, numbered(n, size), size); got != n || err != nil {
			t.Errorf("%d rows of %d, then %v", got, n, err)
		}
		_, err := runNumbered(t, c, numbered(n, size), size)
		ofCategory(t, err, werr.CategoryIO, werr.CategoryClosed)
		mustClose(t, c)
	})
}

// runNumbered runs a query of numbered rows to whatever end it has.
func runNumbered(t testing.TB, c *conn.Conn, sql string, size int, opts ...stream.Option) (n int, err error) {
	t.Helper()
	s, err := c.Query(bounded(t), sql, opts...)
	if err != nil {
		return 0, err
	}
	n = takePrefix(t, s, size)
	err = s.Err()
	s.Close() // the stream's own error is the one to see
	return n, err
}

// Under TLS a cut is never taken for an end either, although the bytes cannot be counted.
func TestTheConnectionEndsUnderTLS(t *testing.T) {
	t.Parallel()
	const n, size = 200, 120
	for _, s := range ownServers(t) {
		dsn := routes(t, s)["tls"]
		for name, end := range map[string]ending{"half-close": halfClose, "close": shutDown, "reset": reset} {
			t.Run(s.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				for cut := 0; cut < 26_000; cut += 2611 {
					c, r := connectRelayed(t, dsn, nil)
					r.order(mainConnection, towardsClient, harm{after: cut, end: end})
					got, err := runNumbered(t, c, numbered(n, size), size)
					if got == n {
						t.Errorf("all rows came out of the first %d bytes", cut)
					}
					ofCategory(t, err, werr.CategoryIO)
					mustClose(t, c)
				}
			})
		}
	}
}

// A network that swallows everything: nothing blocks longer than the caller has allowed.
func TestBlackHoleInTheRows(t *testing.T) {
	t.Parallel()
	const size, bound = 1000, 80 * time.Millisecond
	const drain = 150 * time.Millisecond
	for _, tt := range []struct {
		name  string
		leave func(s *stream.Stream, stop func()) // once nothing comes any more
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
			onFirstRoutes(t, func(t *testing.T, dsn string) {
				onModes(t, func(t *testing.T, mode stream.Option) {
					c, r := connectRelayed(t, withoutJIT(t, dsn), func(cfg *conn.Config) { cfg.CancelTimeout = drain })
					ctx, stop := context.WithCancel(bounded(t))
					defer stop()
					r.order(mainConnection, towardsClient, harm{after: 100_000, end: hole})
					s, err := c.Query(ctx, numbered(endless, size), append(tt.opts, mode)...)
					if err != nil {
						t.Fatal(err)
					}
					go func() {
						for !r.harmed(mainConnection) {
							select {
							case <-r.stopped:
								return
							case <-time.After(time.Millisecond):
							}
						}
						tt.leave(s, stop)
					}()
					takePrefix(t, s, size)
					if !r.harmed(mainConnection) {
						r.order(mainConnection, towardsClient, harm{end: hole}) // the server was too slow: a stall all the same
					}
					if err := s.Err(); werr.CategoryOf(err) != tt.want {
						t.Errorf("%v is of category %q, want %q", err, werr.CategoryOf(err), tt.want)
					}
					inTime(t, "Close", drain, func() { err = s.Close() })
					if tt.name != "stall timeout" && err == nil {
						t.Error("Close gives no error, although the connection cannot be used again")
					}
					if tt.name != "stall timeout" || err != nil {
						mustClose(t, c)
					}
				})
			})
		})
	}
}

// A hole that ends in time does no harm: nothing of what came before it is lost.
func TestABlackHoleThatEnds(t *testing.T) {
	t.Parallel()
	const size = 1000
	onFirstRoutes(t, func(t *testing.T, dsn string) {
		onModes(t, func(t *testing.T, mode stream.Option) {
			t.Parallel()
			c, r := connectRelayed(t, withoutJIT(t, dsn), nil)
			pid := c.PID()
			ctx, stop := context.WithCancel(bounded(t))
			r.order(mainConnection, towardsClient, harm{after: 100_003, end: hole})
			s, err := c.Query(ctx, numbered(endless, size), mode)
			if err != nil {
				t.Fatal(err)
			}
			take(t, s, 0, 50)
			eventually(t, "the hole", func() bool { return r.harmed(mainConnection) })
			stop()
			for s.Next() { // what was taken before the end was seen is not of interest
			}
			if !errors.Is(s.Err(), context.Canceled) {
				t.Errorf("after the context's end: %v", s.Err())
			}
			r.heal()
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			usable(t, c, pid)
		})
	})
}

// What the client sends vanishes: the answer that is on its way still comes, the next one never does.
func TestBlackHoleTowardsTheServer(t *testing.T) {
	t.Parallel()
	const n, size, bound = 2000, 500, 80 * time.Millisecond
	for name, ask := range map[string]func(ctx context.Context, c *conn.Conn) error{
		"Query": func(ctx context.Context, c *conn.Conn) error { _, err := c.Query(ctx, series(1)); return err },
		"Ping":  func(ctx context.Context, c *conn.Conn) error { return c.Ping(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onFirstRoutes(t, func(t *testing.T, dsn string) {
				c, r := connectRelayed(t, dsn, func(cfg *conn.Config) { cfg.CancelTimeout = bound })
				s := query(t, c, numbered(n, size))
				r.order(mainConnection, towardsServer, harm{end: hole})
				if got := takePrefix(t, s, size); got != n || s.Err() != nil {
					t.Fatalf("%d rows of %d, then %v", got, n, s.Err())
				}
				ctx, stop := context.WithTimeout(t.Context(), bound)
				defer stop()
				inTime(t, name, bound, func() {
					if err := ask(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s into a black hole: %v", name, err)
					}
				})
				mustClose(t, c)
			})
		})
	}
	t.Run("Close", func(t *testing.T) {
		t.Parallel()
		c, r := connectRelayed(t, mainDSN(t), nil)
		r.orderBoth(mainConnection, harm{end: hole})
		inTime(t, "Conn.Close", time.Second, func() {
			if err := c.Close(t.Context()); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		mustClose(t, c)
	})
}

// Whatever is done to a login, it ends within the connect timeout, and says what happened.
func TestLoginThroughABadNetwork(t *testing.T) {
	t.Parallel()
	const bound = 80 * time.Millisecond
	onFirstRoutes(t, func(t *testing.T, dsn string) {
		for name, end := range map[string]ending{"hole": hole, "close": shutDown, "half-close": halfClose, "reset": reset} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				for _, d := range []direction{towardsClient, towardsServer} {
					for _, cut := range []int{0, 1, 5, 9, 60} {
						r := newRelay(t)
						r.order(mainConnection, d, harm{after: cut, end: end})
						cfg, err := conn.ParseConfig(dsn)
						if err != nil {
							t.Fatal(err)
						}
						cfg.Dial, cfg.ConnectTimeout = r.dial, bound
						inTime(t, "the login", 2*bound, func() {
							c, err := conn.ConnectConfig(bounded(t), cfg)
							if err == nil {
								closeConn(t, c)
								t.Fatalf("logged in although %v came after %d bytes in direction %v", name, cut, d)
							}
							var failed *werr.ConnectError
							if !errors.As(err, &failed) || !werr.SafeToRetry(err) {
								t.Errorf("%v, want a *ConnectError that is safe to retry", err)
							}
							if end == hole {
								timedOut(t, err, "connect", bound)
							} else {
								ofCategory(t, err, werr.CategoryConnect, werr.CategoryIO, werr.CategoryTLS, werr.CategoryTimeout)
							}
						})
					}
				}
			})
		}
	})
}
