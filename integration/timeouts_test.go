package integration_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// A server that sleeps before the first row, or after it, on every route: the result is a *TimeoutError, and after
// Close the same backend is used again.
func TestTimeoutsOnEveryServer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, sql string
		opts      []stream.Option
		want      werr.TimeoutError
	}{
		// The row description is also held back: Query itself waits.
		{"first row, in Query", testbed.Sleepy(2, 1), []stream.Option{stream.WithFirstRowTimeout(short)},
			werr.TimeoutError{Phase: "first row", After: short}},
		{"first row, simple protocol", testbed.Sleepy(2, 1),
			[]stream.Option{stream.WithFirstRowTimeout(short), stream.WithSimpleProtocol()},
			werr.TimeoutError{Phase: "first row", After: short}},
		{"stall", testbed.Sleepy(5, 4), []stream.Option{stream.WithStallTimeout(short)},
			werr.TimeoutError{Phase: "stall", After: short}},
		{"stall, long after the first row", testbed.Sleepy(5, 4),
			[]stream.Option{stream.WithFirstRowTimeout(testbed.Patience), stream.WithStallTimeout(short)},
			werr.TimeoutError{Phase: "stall", After: short}},
	}
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			t.Parallel()
			c := testbed.Connect(t, dsn)
			pid := c.PID()
			for _, tt := range tests {
				began := time.Now()
				_, err := testbed.Outcome(t, c, tt.sql, append(tt.opts, mode.Option())...)
				var got *werr.TimeoutError
				if !errors.As(err, &got) {
					t.Fatalf("%s: %v", tt.name, err)
				}
				if diff := cmp.Diff(&tt.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", tt.name, diff)
				}
				if took := time.Since(began); took < short {
					t.Errorf("%s took %v", tt.name, took)
				}
				if werr.SafeToRetry(err) {
					t.Errorf("%s: %v is safe to retry", tt.name, err)
				}
				testbed.WaitIdle(t, c, pid)
			}
		})
	})
}

// Each row arrives in time, but all of them together take far longer than the timeout.
func TestNoTimeoutWhileRowsCome(t *testing.T) {
	t.Parallel()
	const bound = 8 * time.Second // far above a pause of a busy machine
	const sql = "SELECT to_json(repeat('x', 9000) || pg_sleep(1.5)::text) AS data FROM (SELECT generate_series(1, 8)) s"
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		t.Parallel()
		c := testbed.Connect(t, testbed.DSN(t))
		n, err := testbed.Outcome(t, c, sql, mode.Option(), stream.WithFirstRowTimeout(bound), stream.WithStallTimeout(bound))
		if n != 8 || err != nil {
			t.Errorf("%d rows, then %v", n, err)
		}
	})
}
