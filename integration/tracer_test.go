package integration_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// span is one start of a recorder with its end.
type span struct {
	query  conn.QueryInfo
	host   conn.ConnectInfo
	sum    stream.Summary
	err    error
	starts int
	ends   int
}

// recorder is a Tracer that records its calls. Its contexts hold the span.
type recorder struct {
	mu       sync.Mutex
	queries  []*span
	connects []*span
	strays   int // ends whose context is not from a start
}

type spanKey struct{}

func (r *recorder) start(ctx context.Context, spans *[]*span, s *span) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.starts++
	*spans = append(*spans, s)
	return context.WithValue(ctx, spanKey{}, s)
}

func (r *recorder) end(ctx context.Context, set func(*span)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := ctx.Value(spanKey{}).(*span)
	if !ok {
		r.strays++
		return
	}
	s.ends++
	set(s)
}

func (r *recorder) ConnectStart(ctx context.Context, i conn.ConnectInfo) context.Context {
	return r.start(ctx, &r.connects, &span{host: i})
}

func (r *recorder) ConnectEnd(ctx context.Context, _ conn.ConnectInfo, err error) {
	r.end(ctx, func(s *span) { s.err = err })
}

func (r *recorder) QueryStart(ctx context.Context, i conn.QueryInfo) context.Context {
	return r.start(ctx, &r.queries, &span{query: i})
}

func (r *recorder) QueryEnd(ctx context.Context, _ conn.QueryInfo, sum stream.Summary) {
	r.end(ctx, func(s *span) { s.sum = sum })
}

// last returns the last query, which must have ended.
func (r *recorder) last(t *testing.T) span {
	t.Helper()
	testbed.Eventually(t, "QueryEnd", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.queries[len(r.queries)-1].ends > 0
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	return *r.queries[len(r.queries)-1]
}

// checkPairs fails unless there is one end for every start.
func (r *recorder) checkPairs(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range append(r.connects, r.queries...) {
		if s.starts != 1 || s.ends != 1 {
			t.Errorf("%d starts and %d ends of %+v %+v", s.starts, s.ends, s.host, s.query)
		}
	}
	if r.strays > 0 {
		t.Errorf("%d ends without the context of a start", r.strays)
	}
}

// panics is an argument whose Value method panics.
type panics struct{}

func (panics) String() string               { return "panics" }
func (panics) MarshalText() ([]byte, error) { panic("an argument's own") }

// Each way in which a query can end causes one QueryEnd with the outcome.
func TestTracerOfQueries(t *testing.T) {
	t.Parallel()
	read := func(s *stream.Stream) {
		for s.Next() { // to the end, whatever it is
		}
	}
	const secret = "my-secret-argument"
	tests := []struct {
		name   string
		sql    string
		args   []any
		opts   []stream.Option
		leave  func(s *stream.Stream, cancel context.CancelFunc)
		rows   uint64
		status string
		is     func(error) bool
	}{
		{name: "complete", sql: testbed.Documents(10), leave: func(s *stream.Stream, _ context.CancelFunc) { read(s) }, rows: 10, status: "success", is: none},
		{name: "argument", sql: "SELECT to_json($1::text) AS data", args: []any{secret}, leave: func(s *stream.Stream, _ context.CancelFunc) { read(s) }, rows: 1, status: "success", is: none},
		{name: "closed", sql: testbed.Sleepy(3, 3), leave: func(s *stream.Stream, _ context.CancelFunc) { s.Next(); _ = s.Close() }, rows: 1, status: "cancelled", is: none},
		{name: "cancelled", sql: testbed.Sleepy(3, 3), leave: func(s *stream.Stream, _ context.CancelFunc) { s.Next(); _ = s.Cancel(context.Background()) }, rows: 1, status: "cancelled", is: isError(werr.ErrCancelled)},
		{name: "context", sql: testbed.Sleepy(3, 3), leave: func(s *stream.Stream, cancel context.CancelFunc) { s.Next(); cancel(); read(s) }, rows: 1, status: "cancelled", is: isError(context.Canceled)},
		{name: "error between rows", sql: "SELECT to_json(repeat('x', 9000) || 1 / (3 - g)) AS data FROM generate_series(1, 3) AS g", leave: func(s *stream.Stream, _ context.CancelFunc) { read(s) }, rows: 2, status: "error", is: hasCode("22012")},
		{name: "memory", sql: testbed.Numbered(2, 100_000), opts: []stream.Option{stream.WithMaxMemory(1000)}, leave: func(s *stream.Stream, _ context.CancelFunc) { read(s) }, status: "error", is: hasCategory(werr.CategoryMemory)},
		{name: "refused", sql: "SELECT data FROM no_such_table", status: "error", is: hasCode("42P01")},
		{name: "schema", sql: "SELECT 1 AS data", status: "error", is: hasCategory(werr.CategorySchema)},
		{name: "usage", sql: testbed.Documents(1), args: []any{struct{}{}}, status: "error", is: hasCategory(werr.CategoryUsage)},
		{name: "panic", sql: "SELECT to_json($1::text) AS data", args: []any{panics{}}, status: "error", is: func(err error) bool { return err != nil }},
	}
	testbed.OnRoutes(t, testbed.FirstServer, func(t *testing.T, dsn string) {
		r := &recorder{}
		c := testbed.Connect(t, dsn, func(cfg *conn.Config) { cfg.Tracer = r })
		for _, tt := range tests {
			ctx, cancel := context.WithCancel(testbed.Context(t))
			func() {
				defer func() { _ = recover() }()
				if s, err := c.QueryArgs(ctx, tt.sql, tt.args, append(tt.opts, stream.WithEntity("traced"))...); err == nil {
					tt.leave(s, cancel)
				}
			}()
			got := r.last(t)
			cancel()
			cfg := testbed.Config(t, dsn)
			want := conn.QueryInfo{
				SQL: tt.sql, Entity: "traced", Database: cfg.Database, User: cfg.User, Host: cfg.Hosts[0], PID: c.PID(), Args: len(tt.args),
			}
			if diff := cmp.Diff(want, got.query); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
			if got.sum.TotalRowsYielded != tt.rows || got.sum.Status != tt.status || !tt.is(got.sum.Err) {
				t.Errorf("%s: %v, want %d rows, %s", tt.name, got.sum, tt.rows, tt.status)
			}
			if text := fmt.Sprintf("%+v %+v", got.query, got.sum); strings.Contains(text, secret) {
				t.Errorf("%s: the value of an argument: %s", tt.name, text)
			}
		}
		busy := testbed.Begin(t, c, testbed.Documents(10), 1)
		if _, err := c.Query(testbed.Context(t), testbed.Documents(1)); err == nil || !errors.Is(r.last(t).sum.Err, werr.ErrConnectionBusy) {
			t.Errorf("a second query: %v, traced as %v", err, r.last(t).sum.Err)
		}
		read(busy)
		testbed.Close(t, c)
		if _, err := c.Query(testbed.Context(t), testbed.Documents(1)); err == nil || !errors.Is(r.last(t).sum.Err, werr.ErrConnectionClosed) {
			t.Errorf("after Close: %v, traced as %v", err, r.last(t).sum.Err)
		}
		r.checkPairs(t)
	})
}

func none(err error) bool { return err == nil }

func isError(want error) func(error) bool {
	return func(err error) bool { return errors.Is(err, want) }
}

func hasCode(code string) func(error) bool {
	return func(err error) bool { return testbed.SQLState(err) == code }
}

func hasCategory(category werr.Category) func(error) bool {
	return func(err error) bool { return werr.CategoryOf(err) == category }
}
