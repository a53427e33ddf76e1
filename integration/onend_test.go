package integration_test

import (
	"context"
	"errors"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// told is one call of the function given to WithOnEnd, with the state of the connection at that moment.
type told struct {
	stream.Summary
	conn conn.State
}

// onEnd sends every call to the channel.
func onEnd(c *conn.Conn) (<-chan told, stream.Option) {
	calls := make(chan told, 10) // more than there can be
	return calls, stream.WithOnEnd(func(sum stream.Summary) { calls <- told{sum, c.State()} })
}

// toEnd takes all rows.
func toEnd(_ *testing.T, _ *conn.Conn, s *stream.Stream, _ context.CancelFunc) {
	for s.Next() {
	}
}

// divided is a statement for three rows and then an error of the server.
const divided = "SELECT to_json(10/(4-g)) AS data FROM (SELECT generate_series(1, 10) AS g) s"

// endings are all ways in which a stream can end.
var endings = []struct {
	name   string
	sql    string
	opts   []stream.Option
	end    func(t *testing.T, c *conn.Conn, s *stream.Stream, cancel context.CancelFunc)
	atOnce bool // called before end returns; otherwise soon after
	status string
	err    func(err error) bool
	state  conn.State
}{
	{"last row", testbed.Documents(3), nil, toEnd, true, "success", isNil, conn.Idle},
	{"no rows", testbed.Documents(0), nil, toEnd, true, "success", isNil, conn.Idle},
	{"server error", divided, nil, toEnd, true, "error", hasState("22012"), conn.Idle},
	{"Close", testbed.EndlessIntegers, nil, func(t *testing.T, _ *conn.Conn, s *stream.Stream, _ context.CancelFunc) {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}, true, "cancelled", isNil, conn.Idle},
	{"Cancel", testbed.EndlessIntegers, nil, func(t *testing.T, _ *conn.Conn, s *stream.Stream, _ context.CancelFunc) {
		if err := s.Cancel(testbed.Context(t)); err != nil {
			t.Error(err)
		}
	}, true, "cancelled", is(werr.ErrCancelled), conn.Idle},
	{"context", testbed.EndlessIntegers, nil, func(_ *testing.T, _ *conn.Conn, _ *stream.Stream, cancel context.CancelFunc) {
		cancel()
	}, false, "cancelled", is(context.Canceled), conn.Idle},
	{"stall timeout", testbed.Sleepy(5, 4), []stream.Option{stream.WithStallTimeout(short)}, toEnd,
		false, "error", isTimeout("stall"), conn.Idle},
	{"memory limit", testbed.EndlessIntegers, []stream.Option{stream.WithMaxMemory(1)}, toEnd,
		false, "error", isMemory, conn.Idle},
	// The server sleeps: one that is blocked in a write can no longer send the reason.
	{"backend ended", testbed.Sleepy(5, 4), nil, func(t *testing.T, c *conn.Conn, s *stream.Stream, cancel context.CancelFunc) {
		other := testbed.Connect(t, testbed.DSN(t))
		testbed.Ask(t, other, "SELECT to_json(pg_terminate_backend($1::int)) AS data", int(c.PID()))
		toEnd(t, c, s, cancel)
	}, true, "error", hasState("57P01"), conn.Closed},
	{"connection closed", testbed.EndlessIntegers, nil, func(t *testing.T, c *conn.Conn, _ *stream.Stream, _ context.CancelFunc) {
		testbed.Close(t, c)
	}, false, "error", is(werr.ErrConnectionClosed), conn.Closed},
}

func isNil(err error) bool { return err == nil }
func is(target error) func(err error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}
func hasState(code string) func(error) bool {
	return func(err error) bool { return testbed.SQLState(err) == code }
}
func isTimeout(phase string) func(error) bool {
	return func(err error) bool {
		var late *werr.TimeoutError
		return errors.As(err, &late) && late.Phase == phase
	}
}
func isMemory(err error) bool {
	var limit *werr.MemoryLimitExceededError
	return errors.As(err, &limit)
}

// However a stream ends, the function is called once, with the connection idle or closed.
func TestOnEndOfEveryEnd(t *testing.T) {
	t.Parallel()
	for _, e := range endings {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			t.Run(e.name, func(t *testing.T) {
				t.Parallel()
				c := testbed.Connect(t, testbed.DSN(t))
				ctx, cancel := context.WithCancel(testbed.Context(t))
				defer cancel()
				calls, option := onEnd(c)
				s, err := c.Query(ctx, e.sql, mode.With(append(e.opts, option)...)...)
				if err != nil {
					t.Fatal(err)
				}
				e.end(t, c, s, cancel)
				if e.atOnce && len(calls) != 1 {
					t.Fatalf("called %d times at the end", len(calls))
				}
				var got told
				testbed.Ends(t, "the call at the end", func() { got = <-calls })
				// Conn.Close still sends its Terminate message while the function is called.
				free := got.conn == e.state || e.name == "connection closed"
				if got.Status != e.status || !e.err(got.Err) || !e.err(s.Err()) || !free {
					t.Errorf("called with %v, connection %v; the stream's error is %v", got.Summary, got.conn, s.Err())
				}
				if got.Elapsed <= 0 || got.FirstRow > got.Elapsed || e.name == "no rows" && got.FirstRow != 0 ||
					e.name == "last row" && got.FirstRow == 0 {
					t.Errorf("first row after %v, end after %v", got.FirstRow, got.Elapsed)
				}
				_ = s.Close()
				if len(calls) != 0 {
					t.Error("called twice")
				}
				testbed.Eventually(t, "the connection is as it should be", func() bool { return c.State() == e.state })
			})
		})
	}
}

// For a query that fails the function is called before Query returns, whatever the reason; a wrong option is not a
// query.
func TestOnEndOfAFailedQuery(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name   string
		ctx    context.Context
		sql    string
		args   []any
		status string
	}{
		{"syntax", t.Context(), "SELEC", nil, "error"},
		{"schema", t.Context(), "SELECT 1 AS data", nil, "error"},
		{"argument", t.Context(), "SELECT to_json($1::text) AS data", []any{struct{}{}}, "error"},
		{"context", ended, testbed.Documents(1), nil, "cancelled"},
	}
	c := testbed.Connect(t, testbed.DSN(t))
	fails := func(ctx context.Context, name, sql string, args []any, status string) {
		t.Helper()
		calls, option := onEnd(c)
		_, err := c.QueryArgs(ctx, sql, args, option)
		if err == nil || len(calls) != 1 {
			t.Fatalf("%s: error %v, called %d times", name, err, len(calls))
		}
		if got := <-calls; !errors.Is(got.Err, err) || got.Status != status || got.State != stream.Failed {
			t.Errorf("%s: called with %v, error %v", name, got.Summary, err)
		}
	}
	for _, tt := range tests {
		fails(tt.ctx, tt.name, tt.sql, tt.args, tt.status)
	}
	calls, option := onEnd(c)
	if _, err := c.Query(t.Context(), testbed.Documents(1), option, stream.WithChunkRows(0)); err == nil || len(calls) != 0 {
		t.Errorf("wrong option: error %v, called %d times", err, len(calls))
	}
	s := testbed.Begin(t, c, testbed.Documents(10), 1)
	fails(t.Context(), "busy", testbed.Documents(1), nil, "error")
	_ = s.Close()
	testbed.Close(t, c)
	fails(t.Context(), "closed", testbed.Documents(1), nil, "error")
}

// The function may run the next query of the connection, but should not delay the consumer with it.
func TestOnEndMayUseTheConnection(t *testing.T) {
	t.Parallel()
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		c := testbed.Connect(t, testbed.DSN(t))
		pid := c.PID()
		for _, left := range []bool{false, true} {
			s := testbed.Query(t, c, testbed.Documents(100_000), mode.Option(), stream.WithOnEnd(func(stream.Summary) {
				testbed.Usable(t, c, pid)
			}))
			for n := 0; s.Next() && !(left && n == 10); n++ {
			}
			if err := s.Close(); err != nil || s.Err() != nil {
				t.Errorf("Close: %v, Err: %v", err, s.Err())
			}
			testbed.Usable(t, c, pid)
		}
	})
}

// The information of Running about a query on a real server.
func TestRunningTellsTheStatementAndTheBackend(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	entity := testbed.UniqueEntity(t)
	s := testbed.Begin(t, c, testbed.EndlessIntegers, 3, stream.WithEntity(entity))
	find := func() (found []stream.Info) {
		for i := range stream.Running() {
			if i.Entity == entity {
				found = append(found, i)
			}
		}
		return found
	}
	if got := find(); len(got) != 1 || got[0].SQL != testbed.EndlessIntegers || got[0].PID != c.PID() || got[0].TotalRowsYielded != 3 {
		t.Errorf("running: %v", got)
	}
	if s.ColumnType() != "JSON" {
		t.Errorf("column type %s", s.ColumnType())
	}
	_ = s.Close()
	if got := find(); len(got) != 0 {
		t.Errorf("running after Close: %v", got)
	}
	if s := testbed.Query(t, c, testbed.Documents(1)); s.ColumnType() != "JSONB" {
		t.Errorf("column type %s", s.ColumnType())
	}
}

// Documents as deeply nested as the server allows pass the validation.
func TestValidationOfDeepDocuments(t *testing.T) {
	t.Parallel()
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		c := testbed.Connect(t, testbed.DSN(t))
		for _, typ := range []string{"json", "jsonb"} {
			s := testbed.Query(t, c, "SELECT (repeat('[', 10001) || repeat(']', 10001))::"+typ+" AS data",
				mode.With(stream.WithValidation())...)
			if got := testbed.Rows(t, s); len(got) != 1 || len(got[0]) != 20002 {
				t.Errorf("%s: %d rows", typ, len(got))
			}
		}
	})
}
