package integration_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The simple Query message does what the extended one does, without arguments.
func TestSimpleProtocol(t *testing.T) {
	t.Parallel()
	onRoutes(t, func(t *testing.T, dsn string) {
		onModes(t, func(t *testing.T, mode stream.Option) {
			c := connectWith(t, dsn, nil)
			pid := c.PID()
			s := query(t, c, series(5000), mode, stream.WithSimpleProtocol())
			n := 0
			for s.Next() {
				if n++; string(s.Row()) != fmt.Sprintf(`{"id": %d}`, n) {
					t.Fatalf("row %d is %s", n, s.Row())
				}
			}
			if n != 5000 || s.Err() != nil {
				t.Fatalf("%d rows, then %v", n, s.Err())
			}
			left := begun(t, c, fiftyMillion, 100, mode, stream.WithSimpleProtocol())
			if err := left.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			usable(t, c, pid)
			_, err := c.QueryArgs(bounded(t), "SELECT to_json($1::int) AS data", []any{1}, mode, stream.WithSimpleProtocol())
			if werr.CategoryOf(err) != werr.CategoryUsage {
				t.Errorf("arguments: %v", err)
			}
			usable(t, c, pid)
		})
	})
}

// A list of statements is an error as soon as its second result begins: that result is cancelled, not read to its end.
func TestListIsLeftAtItsSecondResult(t *testing.T) {
	t.Parallel()
	const sql = "SELECT '1'::json AS data; " + fiftyMillion
	onModes(t, func(t *testing.T, mode stream.Option) {
		c := connectWith(t, servers(t)[0].DSN(), nil)
		ctx, end := context.WithTimeout(t.Context(), 5*time.Second)
		defer end()
		s, err := c.Query(ctx, sql, mode, stream.WithSimpleProtocol())
		if err != nil {
			t.Fatal(err)
		}
		for s.Next() {
			if string(s.Row()) != "1" {
				t.Fatalf("row %s is of the second result", s.Row())
			}
		}
		if werr.CategoryOf(s.Err()) != werr.CategoryUsage {
			t.Errorf("a list: %v", s.Err())
		}
		idleAgain(t, c, c.PID())
	})
}

// So it is where the first statement has no rows, and Query itself finds the second result.
func TestListIsLeftBehindAStatementWithoutRows(t *testing.T) {
	t.Parallel()
	c := connectWith(t, servers(t)[0].DSN(), nil)
	ctx, end := context.WithTimeout(t.Context(), 5*time.Second)
	defer end()
	_, err := c.Query(ctx, "SET application_name = 'list'; "+fiftyMillion, stream.WithSimpleProtocol())
	if werr.CategoryOf(err) != werr.CategorySchema {
		t.Errorf("a list: %v", err)
	}
	idleAgain(t, c, c.PID())
}
