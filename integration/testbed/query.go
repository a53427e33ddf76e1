package testbed

import (
	"slices"
	"strconv"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Execute runs a statement that returns no rows.
func Execute(t testing.TB, c *conn.Conn, sql string) {
	t.Helper()
	if err := command.Exec(Context(t), c, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// Query starts a query, which must not fail. The stream is closed when the test ends.
func Query(t testing.TB, c *conn.Conn, sql string, opts ...stream.Option) *stream.Stream {
	t.Helper()
	return QueryArgs(t, c, sql, nil, opts...)
}

// QueryArgs is Query with arguments.
func QueryArgs(t testing.TB, c *conn.Conn, sql string, args []any, opts ...stream.Option) *stream.Stream {
	t.Helper()
	s, err := c.QueryArgs(Context(t), sql, args, opts...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	t.Cleanup(func() { s.Close() }) // tests that check the error close it themselves
	return s
}

// Begin starts a query and takes its first n rows.
func Begin(t testing.TB, c *conn.Conn, sql string, n int, opts ...stream.Option) *stream.Stream {
	t.Helper()
	s := Query(t, c, sql, opts...)
	for i := range n {
		if !s.Next() {
			t.Fatalf("%s: after %d rows: %v", sql, i, s.Err())
		}
	}
	return s
}

// Rows reads the whole result of a query, which must not fail.
func Rows(t testing.TB, s *stream.Stream) []string {
	t.Helper()
	var got []string
	for s.Next() {
		got = append(got, string(s.Row()))
	}
	if err := s.Err(); err != nil {
		t.Fatalf("after %d rows: %v", len(got), err)
	}
	return got
}

// Ask returns the only row of a query.
func Ask(t testing.TB, c *conn.Conn, sql string, args ...any) string {
	t.Helper()
	got := Rows(t, QueryArgs(t, c, sql, args))
	if len(got) != 1 {
		t.Fatalf("%s: %d rows", sql, len(got))
	}
	return got[0]
}

// Outcome runs a query to its end, and returns the number of rows, and the error of Query or of the stream.
func Outcome(t testing.TB, c *conn.Conn, sql string, opts ...stream.Option) (rows int, err error) {
	t.Helper()
	s, err := c.Query(Context(t), sql, opts...)
	if err != nil {
		return 0, err
	}
	defer s.Close() // the end was reached, so Close cannot fail
	for s.Next() {
		rows++
	}
	return rows, s.Err()
}

// Usable fails unless the connection answers a query from the given backend and is idle afterwards.
func Usable(t testing.TB, c *conn.Conn, pid uint32) {
	t.Helper()
	want := []string{strconv.FormatUint(uint64(pid), 10)}
	if got := Rows(t, Query(t, c, "SELECT to_json(pg_backend_pid()) AS data")); !slices.Equal(got, want) {
		t.Errorf("the connection answers as backend %v, want %v", got, want)
	}
	if c.State() != conn.Idle {
		t.Errorf("state %v after a whole result, want idle", c.State())
	}
}
