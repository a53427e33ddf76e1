package integration_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// poolRuns runs a query to its end.
func poolRuns(t *testing.T, p *pool.Pool) {
	t.Helper()
	if got := testbed.Rows(t, poolQuery(t, p, testbed.Documents(3))); len(got) != 3 {
		t.Errorf("%d rows", len(got))
	}
}

// A connection that ended while it was idle is replaced without an error, which is not a retry: it is found by the
// ping, if one is due, and otherwise by the query.
func TestPoolReplacesDeadConnections(t *testing.T) {
	t.Parallel()
	for name, pingIdle := range map[string]time.Duration{"by the ping": time.Nanosecond, "by the query": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) {
				cfg.MaxConns, cfg.PingIdle, cfg.Retry.Attempts = 3, pingIdle, 1
				cfg.Breaker.Failures = 1 // a connection found dead does not count as a failure of the server
			})
			held := make([]*pool.Conn, 3)
			for i := range held {
				var err error
				if held[i], err = p.Acquire(testbed.Context(t)); err != nil {
					t.Fatal(err)
				}
			}
			o := testbed.Observe(t, testbed.DSN(t))
			for _, c := range held {
				pid := c.Conn().PID()
				c.Release()
				o.Terminate(pid)
				o.WaitGone(pid)
			}
			poolRuns(t, p)
			testbed.Eventually(t, "three broken connections gone", func() bool { return p.Stats().DestroyedBroken == 3 })
			if st := p.Stats(); st.Healed != 3 || st.Retries != 0 || st.Created != 4 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// A connection past its lifetime is closed when it is returned.
func TestPoolLifetime(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) { cfg.MaxConns, cfg.MaxConnLifetime = 1, time.Nanosecond })
	for range 3 {
		poolRuns(t, p)
	}
	testbed.Eventually(t, "three connections closed", func() bool { return p.Stats().DestroyedOld == 3 })
	if st := p.Stats(); st.Created != 3 || st.TotalConns != 0 {
		t.Errorf("%+v", st)
	}
}

// The sweep keeps MinConns, closes other connections that were idle too long, and replaces lost ones.
func TestPoolSweep(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) {
		cfg.MaxConns, cfg.MinConns, cfg.MaxConnIdleTime, cfg.HealthCheckPeriod = 5, 2, time.Nanosecond, time.Millisecond
	})
	idle := func(n int) {
		t.Helper()
		testbed.Eventually(t, "idle connections", func() bool {
			st := p.Stats()
			return st.IdleConns == n && st.TotalConns == n
		})
	}
	idle(2)
	var held []*pool.Conn
	for range 5 {
		c, err := p.Acquire(testbed.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	for _, c := range held {
		c.Release()
	}
	idle(2)
	if st := p.Stats(); st.DestroyedIdle < 3 {
		t.Errorf("%+v", st)
	}
	created := p.Stats().Created
	p.Reset()
	testbed.Eventually(t, "two new connections", func() bool { return p.Stats().Created >= created+2 })
	idle(2)
}

// Reset closes idle connections at once, and lent ones when they are returned.
func TestPoolReset(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) { cfg.MaxConns = 2 })
	s := endlessStream(t, p)
	before := poolPID(t, p)
	p.Reset()
	testbed.Take(t, s, 0, 100) // the stream continues
	if after := poolPID(t, p); after == before {
		t.Error("the idle connection was kept")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	testbed.Eventually(t, "one connection", func() bool { return p.Stats().TotalConns == 1 })
	if st := p.Stats(); st.DestroyedBroken != 0 {
		t.Errorf("%+v", st)
	}
}

// AfterConnect is called once for each connection. Its error closes the connection, and is reported; the connect
// timeout limits its time.
func TestPoolAfterConnect(t *testing.T) {
	t.Parallel()
	wrong := errors.New("not this one")
	var calls int
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) {
		cfg.MaxConns, cfg.Retry.Attempts = 1, 1
		cfg.AfterConnect = func(_ context.Context, c *conn.Conn) error {
			if calls++; calls == 1 {
				return wrong
			}
			return nil
		}
	})
	if _, err := p.Query(testbed.Context(t), testbed.Documents(1)); !errors.Is(err, wrong) {
		t.Errorf("%v", err)
	}
	poolRuns(t, p)
	poolRuns(t, p)
	if st := p.Stats(); calls != 2 || st.Created != 1 {
		t.Errorf("%d calls, %+v", calls, st)
	}
}

// A server that cannot be reached opens the breaker. Open connections continue to be used; the probe closes it again.
func TestPoolBreaker(t *testing.T) {
	t.Parallel()
	down := make(chan struct{})
	proxy := testbed.NewProxy(t)
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) {
		proxy.Through(cfg.Conn)
		cfg.MaxConns, cfg.Retry.Attempts = 2, 1
		cfg.Breaker = pool.Breaker{Failures: 2, MinOpen: 100 * time.Millisecond, MaxOpen: 100 * time.Millisecond}
	})
	refused := errors.New("no way to the server")
	proxy.OnDial(func(int) error {
		select {
		case <-down:
			return refused
		default:
			return nil
		}
	})
	held, err := p.Acquire(testbed.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	close(down)
	var open *werr.CircuitOpenError
	testbed.Eventually(t, "an open breaker", func() bool {
		_, err := p.Query(testbed.Context(t), testbed.Documents(1))
		if !errors.As(err, &open) && !errors.Is(err, refused) {
			t.Errorf("%v", err)
		}
		return errors.As(err, &open)
	})
	if !errors.Is(open, refused) {
		t.Errorf("the cause is missing: %v", open)
	}
	page := testbed.ReadPage(t, `pool="`+p.Name()+`"`)
	if got := page.Get("fraiseql_pool_breaker_transitions_total", "to", "open", "pool", p.Name()); got < 1 {
		t.Errorf("%v openings on the metrics page", got)
	}
	held.Release()
	poolRuns(t, p) // on the open connection
	proxy.OnDial(nil)
	held, err = p.Acquire(testbed.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Release()
	testbed.Eventually(t, "a closed breaker", func() bool {
		s, err := p.Query(testbed.Context(t), testbed.Documents(1))
		if err == nil {
			err = s.Close()
		}
		return err == nil && p.Stats().Breaker == pool.BreakerClosed
	})
}

// A serialization failure instead of the first row is retried without the caller noticing, and counted.
func TestPoolRetriesBeforeTheFirstRow(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	name := fmt.Sprintf("pool_retry_%d", c.PID())
	testbed.Execute(t, c, "CREATE SEQUENCE "+name)
	testbed.Execute(t, c, "CREATE FUNCTION "+name+"_fails(until bigint) RETURNS json LANGUAGE plpgsql AS $$ DECLARE n bigint; BEGIN n := nextval('"+
		name+"'); IF n < until THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF; RETURN to_json(n); END $$")
	defer testbed.Execute(t, c, "DROP SEQUENCE "+name)
	defer testbed.Execute(t, c, "DROP FUNCTION "+name+"_fails")
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) { cfg.Retry.MinDelay = time.Millisecond })
	if got := testbed.Rows(t, poolQuery(t, p, "SELECT "+name+"_fails(3) AS data")); len(got) != 1 || got[0] != "3" {
		t.Errorf("rows %v", got)
	}
	if st := p.Stats(); st.Retries != 2 {
		t.Errorf("%+v", st)
	}
	page := testbed.ReadPage(t, `pool="`+p.Name()+`"`)
	if got := page.Get("fraiseql_pool_retries_total", "category", "server", "pool", p.Name()); got != 2 {
		t.Errorf("%v retries on the metrics page", got)
	}
	_, err := p.Query(testbed.Context(t), "SELECT "+name+"_fails(100) AS data")
	var failed *werr.ServerError
	if !errors.As(err, &failed) || failed.Code != "40001" || p.Stats().Retries != 4 {
		t.Errorf("%v, %+v", err, p.Stats())
	}
}

// The metrics page shows the numbers of Stats.
func TestPoolMetrics(t *testing.T) {
	t.Parallel()
	p := newPool(t, testbed.DSN(t), func(cfg *pool.Config) { cfg.MaxConns = 2 })
	poolRuns(t, p)
	s := endlessStream(t, p)
	check := func(wants map[string]float64) {
		t.Helper()
		page := testbed.ReadPage(t, `pool="`+p.Name()+`"`)
		for series, want := range wants {
			words := append(strings.Fields(series), "pool", p.Name())
			if got := page.Get("fraiseql_pool_"+words[0], words[1:]...); got != want {
				t.Errorf("%s is %v, want %v", series, got, want)
			}
		}
	}
	check(map[string]float64{
		"connections state idle": 0, "connections state acquired": 1, "connections state connecting": 0, "max": 2, "waiting": 0,
		"acquire_duration_ms_count": 2, "created_total": 1, "breaker_state": 0,
	})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	p.Reset()
	testbed.Eventually(t, "the connection's end", func() bool { return p.Stats().TotalConns == 0 })
	check(map[string]float64{"destroyed_total reason reset": 1, "connections state acquired": 0})
}
