package integration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// A query that is left at some point, and the next one, a thousand times on all servers together: no cancel ever hits
// the next one.
func TestNoCancelHitsTheNextQuery(t *testing.T) {
	t.Parallel()
	const cycles = 1000
	testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
		const modes = 3
		n := cycles/(modes*len(testbed.Servers(t))*len(testbed.Routes(t, testbed.Servers(t)[0]))) + 1
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			t.Parallel()
			c := testbed.Connect(t, dsn)
			r := rand.New(rand.NewPCG(1, uint64(c.PID())))
			for i := range n {
				if leaveAtSomePoint(t, c, r, mode.Option()) {
					c = testbed.Connect(t, dsn)
				}
				nextQuery(t, c, i)
			}
		})
	})
}

// leaveAtSomePoint leaves a query before the rows are described, or after some rows, by Close, Cancel or the context's
// end. Only while the query is being written this costs the connection.
func leaveAtSomePoint(t *testing.T, c *conn.Conn, r *rand.Rand, mode stream.Option) (lost bool) {
	t.Helper()
	ctx, end := context.WithCancel(testbed.Context(t))
	defer end()
	if r.IntN(3) == 0 {
		time.AfterFunc(time.Duration(r.IntN(3000))*time.Microsecond, end)
	}
	// A short result may end by itself while it is being left.
	sql := []string{testbed.EndlessIntegers, testbed.Documents(1 + r.IntN(3000)),
		"SELECT to_json(pg_sleep(0.001)::text) AS data"}[r.IntN(3)]
	s, err := c.Query(ctx, sql, mode)
	if err != nil {
		if ctx.Err() == nil {
			t.Fatalf("%s: %v", sql, err)
		}
		var op *werr.OpError
		return errors.As(err, &op) && op.Unsent && c.State() == conn.Closed
	}
	for range r.IntN(3000) {
		if !s.Next() {
			break
		}
	}
	if r.IntN(2) == 0 {
		err = s.Cancel(testbed.Context(t))
	} else {
		err = s.Close()
	}
	if err != nil {
		t.Fatalf("leaving: %v", err)
	}
	if err := s.Err(); err != nil && werr.CategoryOf(err) != werr.CategoryCancelled {
		t.Fatalf("a stream that was left: %v", err)
	}
	return false
}

// nextQuery runs a query that takes long enough to be hit by a late cancel.
func nextQuery(t *testing.T, c *conn.Conn, cycle int) {
	const sql = "SELECT to_json(pg_backend_pid()) AS data FROM generate_series(1, 50), pg_sleep(0.002)"
	want := fmt.Sprint(c.PID())
	s := testbed.Query(t, c, sql)
	n := 0
	for ; s.Next(); n++ {
		if string(s.Row()) != want {
			t.Fatalf("cycle %d: backend %s answers, want %s", cycle, s.Row(), want)
		}
	}
	if err := s.Err(); err != nil || n != 50 {
		t.Fatalf("cycle %d: the next query has %d rows, then %v", cycle, n, err)
	}
}
