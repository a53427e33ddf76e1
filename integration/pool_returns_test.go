package integration_test

import (
	"context"
	"errors"
	"testing"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// newPool returns a pool that is closed when the test ends; all its connections must have been returned by then.
func newPool(t *testing.T, dsn string, change func(*pool.Config)) *pool.Pool {
	t.Helper()
	cfg := &pool.Config{Conn: testbed.Config(t, dsn), Name: testbed.UniqueEntity(t)}
	if change != nil {
		change(cfg)
	}
	p, err := pool.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), testbed.Patience) // the test's own context has ended
		defer stop()
		if err := p.Close(ctx); err != nil {
			t.Errorf("closing the pool: %v", err)
		}
		if st := p.Stats(); st.TotalConns != 0 || st.Streams != 0 || st.Waiting != 0 {
			t.Errorf("left in the closed pool: %+v", st)
		}
	})
	return p
}

// one limits a pool to a single connection.
func one(cfg *pool.Config) { cfg.MaxConns = 1 }

// poolEndings are the ways in which a stream of a pool ends. Each returns once the connection must be back in the pool,
// or on its way there.
var poolEndings = []struct {
	name   string
	sql    string
	broken bool // the connection is not used again
	end    func(t *testing.T, p *pool.Pool, sql string)
}{
	{"read to its end", testbed.Documents(100), false, func(t *testing.T, p *pool.Pool, sql string) {
		if got := testbed.Rows(t, poolQuery(t, p, sql)); len(got) != 100 {
			t.Errorf("%d rows", len(got))
		}
	}},
	{"break", testbed.Numbered(testbed.Endless, 100), false, func(t *testing.T, p *pool.Pool, sql string) {
		for _, err := range poolQuery(t, p, sql).All() {
			if err != nil {
				t.Error(err)
			}
			break
		}
	}},
	{"Close, twice", testbed.Numbered(testbed.Endless, 100), false, func(t *testing.T, p *pool.Pool, sql string) {
		s := poolQuery(t, p, sql)
		for range 2 {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}},
	{"Close from elsewhere", testbed.Numbered(testbed.Endless, 100), false, func(t *testing.T, p *pool.Pool, sql string) {
		s := poolQuery(t, p, sql)
		closed := make(chan error)
		go func() { closed <- s.Close() }()
		for s.Next() {
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	}},
	{"Cancel", testbed.Numbered(testbed.Endless, 100), false, func(t *testing.T, p *pool.Pool, sql string) {
		if err := poolQuery(t, p, sql).Cancel(testbed.Context(t)); err != nil {
			t.Error(err)
		}
	}},
	{"context", testbed.Numbered(testbed.Endless, 100), false, func(t *testing.T, p *pool.Pool, sql string) {
		ctx, stop := context.WithCancel(testbed.Context(t))
		s, err := p.Query(ctx, sql)
		if err != nil {
			t.Fatal(err)
		}
		stop()
		for s.Next() {
		}
		if !errors.Is(s.Err(), context.Canceled) {
			t.Error(s.Err())
		}
	}},
	{"context inside Query", "SELECT to_json(pg_sleep(600)::text) AS data", false, func(t *testing.T, p *pool.Pool, sql string) {
		ctx, stop := context.WithCancel(testbed.Context(t))
		go func() {
			testbed.Eventually(t, "a query in the pool", func() bool { return p.Stats().Streams == 1 && p.Stats().AcquiredConns == 1 })
			stop()
		}()
		if _, err := p.Query(ctx, sql); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}},
	{"SchemaError from Query", "SELECT 1 AS one", false, func(t *testing.T, p *pool.Pool, sql string) {
		refusedBy[*werr.SchemaError](t, p, sql)
	}},
	{"ServerError from Query", "SELECT nothing", false, func(t *testing.T, p *pool.Pool, sql string) {
		refusedBy[*werr.ServerError](t, p, sql)
	}},
	{"a wrong option", testbed.Documents(1), false, func(t *testing.T, p *pool.Pool, sql string) {
		refusedBy[*werr.UsageError](t, p, sql, stream.WithChunkRows(-1))
	}},
	{"a wrong argument", testbed.Documents(1), false, func(t *testing.T, p *pool.Pool, sql string) {
		var usage *werr.UsageError
		if _, err := p.QueryArgs(testbed.Context(t), sql, []any{struct{}{}}); !errors.As(err, &usage) {
			t.Error(err)
		}
	}},
	{"ServerError after rows", "SELECT to_json(1/(3-g)) AS data FROM generate_series(1,5) g", false, func(t *testing.T, p *pool.Pool, sql string) {
		fails[*werr.ServerError](t, poolQuery(t, p, sql))
	}},
	{"memory", testbed.Documents(1), false, func(t *testing.T, p *pool.Pool, sql string) {
		fails[*werr.MemoryLimitExceededError](t, poolQuery(t, p, sql, stream.WithMaxMemory(1)))
	}},
	{"first-row timeout", "SELECT to_json(pg_sleep(600)::text) AS data", false, func(t *testing.T, p *pool.Pool, sql string) {
		var late *werr.TimeoutError
		if _, err := p.Query(testbed.Context(t), sql, stream.WithFirstRowTimeout(time.Millisecond)); !errors.As(err, &late) {
			t.Error(err)
		}
	}},
	{"the backend killed", testbed.Numbered(testbed.Endless, 100), true, func(t *testing.T, p *pool.Pool, sql string) {
		s := poolQuery(t, p, sql)
		for info := range stream.Running() {
			if info.SQL == sql && info.Entity == p.Name() {
				testbed.Observe(t, testbed.DSN(t)).Terminate(info.PID)
			}
		}
		for s.Next() {
		}
		if s.Err() == nil {
			t.Error("no error although the backend was killed")
		}
		_ = s.Close()
	}},
}

func poolQuery(t *testing.T, p *pool.Pool, sql string, opts ...stream.Option) *stream.Stream {
	t.Helper()
	s, err := p.Query(testbed.Context(t), sql, append(opts, stream.WithEntity(p.Name()))...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refusedBy fails unless Query itself returns an E.
func refusedBy[E error](t *testing.T, p *pool.Pool, sql string, opts ...stream.Option) {
	t.Helper()
	var want E
	if _, err := p.Query(testbed.Context(t), sql, opts...); !errors.As(err, &want) {
		t.Errorf("%v, want a %T", err, want)
	}
}

// fails reads s to its end, which must be an E.
func fails[E error](t *testing.T, s *stream.Stream) {
	t.Helper()
	for s.Next() {
	}
	var want E
	if err := s.Err(); !errors.As(err, &want) {
		t.Errorf("%v, want a %T", err, want)
	}
	_ = s.Close()
}

// Whatever ends a stream, its connection is returned once: nothing is counted twice, and the next query runs, on the
// same connection unless it was lost.
func TestPoolGetsEachConnectionBackOnce(t *testing.T) {
	t.Parallel()
	for _, e := range poolEndings {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, testbed.DSN(t), one)
			before := poolPID(t, p)
			e.end(t, p, e.sql)
			if after := poolPID(t, p); (after == before) == e.broken {
				t.Errorf("connection %d before and %d after", before, after)
			}
			st := p.Stats()
			if st.TotalConns != 1 || st.IdleConns != 1 || st.Streams != 0 || st.AcquiredConns != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

// poolPID returns the backend of a connection of the pool.
func poolPID(t *testing.T, p *pool.Pool) uint32 {
	t.Helper()
	c, err := p.Acquire(testbed.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	return c.Conn().PID()
}
