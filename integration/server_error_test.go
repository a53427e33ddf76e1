package integration_test

import (
	"errors"
	"fmt"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// All rows before a server's error are delivered in order, then the error; the connection stays usable.
func TestErrorAfterRows(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			c := testbed.Connect(t, dsn)
			pid := c.PID()
			for _, opts := range [][]stream.Option{{mode.Option()}, {mode.Option(), stream.WithSimpleProtocol()}} {
				// Integer division: 1/(1000-g) is 0 except for g = 999, and fails at g = 1000.
				s := testbed.Query(t, c, "SELECT to_json(1/(1000-g)) AS data FROM generate_series(1, 2000) g", opts...)
				n := 0
				for s.Next() {
					n++
					if got, want := string(s.Row()), fmt.Sprint(1/(1000-n)); got != want {
						t.Fatalf("row %d is %s, want %s", n, got, want)
					}
				}
				var refused *werr.ServerError
				if err := s.Err(); n != 999 || !errors.As(err, &refused) || refused.SQLState() != "22012" || !refused.AfterRows {
					t.Fatalf("%d rows, then %#v; want 999, then 22012 after rows", n, err)
				}
				if werr.SafeToRetry(s.Err()) {
					t.Error("safe to retry, although rows were delivered")
				}
				testbed.Usable(t, c, pid)
				if s.Err() == nil || s.Close() != nil || s.Err() == nil {
					t.Errorf("after the next query the stream's error is %v", s.Err())
				}
			}
		})
	})
}
