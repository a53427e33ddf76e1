package integration_test

import (
	"fmt"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The simple Query message does what the extended one does, without arguments.
func TestSimpleProtocol(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			c := testbed.Connect(t, dsn)
			pid := c.PID()
			s := testbed.Query(t, c, testbed.Documents(5000), mode.Option(), stream.WithSimpleProtocol())
			n := 0
			for s.Next() {
				if n++; string(s.Row()) != fmt.Sprintf(`{"id": %d}`, n) {
					t.Fatalf("row %d is %s", n, s.Row())
				}
			}
			if n != 5000 || s.Err() != nil {
				t.Fatalf("%d rows, then %v", n, s.Err())
			}
			left := testbed.Begin(t, c, testbed.EndlessIntegers, 100, mode.Option(), stream.WithSimpleProtocol())
			if err := left.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			testbed.Usable(t, c, pid)
			_, err := c.QueryArgs(testbed.Context(t), "SELECT to_json($1::int) AS data", []any{1}, mode.Option(),
				stream.WithSimpleProtocol())
			if werr.CategoryOf(err) != werr.CategoryUsage {
				t.Errorf("arguments: %v", err)
			}
			testbed.Usable(t, c, pid)
		})
	})
}

// A list of statements is an error as soon as its second result begins: that result is cancelled, not read to its end.
func TestListIsLeftAtItsSecondResult(t *testing.T) {
	t.Parallel()
	const sql = "SELECT '1'::json AS data; " + testbed.EndlessIntegers
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		c := testbed.Connect(t, testbed.DSN(t))
		s := testbed.Query(t, c, sql, mode.Option(), stream.WithSimpleProtocol())
		for s.Next() {
			if string(s.Row()) != "1" {
				t.Fatalf("row %s belongs to the second result", s.Row())
			}
		}
		if werr.CategoryOf(s.Err()) != werr.CategoryUsage {
			t.Errorf("a list: %v", s.Err())
		}
		testbed.WaitIdle(t, c, c.PID())
	})
}

// The same holds if the first statement has no rows, and Query itself finds the second result.
func TestListIsLeftBehindAStatementWithoutRows(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	_, err := c.Query(testbed.Context(t), "SET application_name = 'list'; "+testbed.EndlessIntegers,
		stream.WithSimpleProtocol())
	if werr.CategoryOf(err) != werr.CategorySchema {
		t.Errorf("a list: %v", err)
	}
	testbed.WaitIdle(t, c, c.PID())
}
