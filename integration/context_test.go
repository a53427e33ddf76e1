package integration_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// sleepy is n rows, each larger than the 8 KB that the server keeps back, before one of which it sleeps for a minute.
func sleepy(n, at int) string {
	return fmt.Sprintf("SELECT to_json(repeat('x', 9000) || "+
		"CASE WHEN g = %d THEN pg_sleep(60)::text ELSE '' END) AS data FROM (SELECT generate_series(1, %d) AS g) s", at, n)
}

// short is a time that a test waits out.
const short = 150 * time.Millisecond

func TestContextEndsInQuery(t *testing.T) {
	t.Parallel()
	onRoutes(t, func(t *testing.T, dsn string) {
		c := connect(t, dsn)
		pid := c.PID()
		for _, opts := range [][]stream.Option{
			nil, {stream.WithSimpleProtocol()}, {stream.WithReadAhead(stream.ReadAheadAlways)},
		} {
			ctx, end := context.WithTimeout(t.Context(), short)
			within(t, short+soon, "Query", func() {
				s, err := c.Query(ctx, sleepy(1, 1), opts...)
				if s != nil || !errors.Is(err, context.DeadlineExceeded) || werr.CategoryOf(err) != werr.CategoryTimeout {
					t.Errorf("stream %v, error %v; want %v", s, err, context.DeadlineExceeded)
				}
			})
			end()
			idleAgain(t, c, pid)
		}
		ctx, end := context.WithCancelCause(t.Context())
		end(errFull)
		_, err := c.Query(ctx, series(1))
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errFull) || !werr.SafeToRetry(err) {
			t.Errorf("a context that has ended: %v; want it, its cause, and that nothing was sent", err)
		}
		usable(t, c, pid)
	})
}

// The context ends while Next waits for the server: Next is back at once, and the connection is idle soon after,
// without Close.
func TestContextEndsInNext(t *testing.T) {
	t.Parallel()
	onRoutes(t, func(t *testing.T, dsn string) {
		onModes(t, func(t *testing.T, mode stream.Option) {
			t.Parallel()
			c := connect(t, dsn)
			pid := c.PID()
			for name, paused := range map[string]bool{"waiting": false, "paused": true} {
				ctx, end := context.WithCancel(t.Context())
				defer end()
				s, err := c.Query(ctx, sleepy(3, 3), mode)
				if err != nil {
					t.Fatal(err)
				}
				if paused {
					if err := s.Pause(); err != nil {
						t.Fatal(err)
					}
				}
				time.AfterFunc(short, end)
				within(t, short+soon, name, func() {
					n := 0
					for s.Next() {
						n++
					}
					if err := s.Err(); !errors.Is(err, context.Canceled) || n > 2 {
						t.Errorf("%s: %d rows, then %v", name, n, err)
					}
				})
				idleAgain(t, c, pid)
				if err := s.Close(); err != nil || !errors.Is(s.Err(), context.Canceled) {
					t.Errorf("Close: %v, Err: %v", err, s.Err())
				}
			}
		})
	})
}

// Nobody calls a method of the stream: the end of its context alone gives the connection back.
func TestContextEndsUnderAnUnreadStream(t *testing.T) {
	t.Parallel()
	onRoutes(t, func(t *testing.T, dsn string) {
		onModes(t, func(t *testing.T, mode stream.Option) {
			c := connectWith(t, dsn, nil)
			ctx, end := context.WithCancel(t.Context())
			s, err := c.Query(ctx, fiftyMillion, mode)
			if err != nil {
				t.Fatal(err)
			}
			end()
			idleAgain(t, c, c.PID())
			if s.Next() || !errors.Is(s.Err(), context.Canceled) {
				t.Errorf("Err: %v, want %v and no row", s.Err(), context.Canceled)
			}
		})
	})
}

// The context of a stream that has ended ends without a consequence for the next query.
func TestContextEndsAfterTheStream(t *testing.T) {
	t.Parallel()
	c := connect(t, servers(t)[0].DSN())
	for range 100 {
		ctx, end := context.WithCancel(t.Context())
		s, err := c.Query(ctx, series(10))
		if err != nil {
			t.Fatal(err)
		}
		rows(t, s)
		next := query(t, c, series(2000))
		go end()
		if got := rows(t, next); len(got) != 2000 || s.Err() != nil {
			t.Fatalf("%d rows; the ended stream says %v", len(got), s.Err())
		}
	}
}

// A query that follows one that is still being drained waits for it, bounded by its own context.
func TestQueryWaitsForADrain(t *testing.T) {
	t.Parallel()
	onRoutes(t, func(t *testing.T, dsn string) {
		c := connectWith(t, dsn, nil)
		for range 20 {
			ctx, end := context.WithCancel(t.Context())
			s, err := c.Query(ctx, fiftyMillion)
			if err != nil {
				t.Fatal(err)
			}
			for range 100 {
				s.Next()
			}
			end()
			// The callback of the context runs in a goroutine of its own: until then the connection is busy.
			eventually(t, "the stream is left", func() bool { return c.State() != conn.Streaming })
			if err := c.Ping(bounded(t)); err != nil {
				t.Fatalf("Ping behind a drain: %v", err)
			}
			usable(t, c, c.PID())
		}
	})
}

func TestPing(t *testing.T) {
	t.Parallel()
	onRoutes(t, func(t *testing.T, dsn string) {
		c := connect(t, dsn)
		for range 10 {
			if err := c.Ping(bounded(t)); err != nil || c.State() != conn.Idle {
				t.Errorf("Ping: %v, state %v", err, c.State())
			}
		}
		usable(t, c, c.PID())
	})
}
