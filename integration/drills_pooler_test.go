//go:build unix

package integration_test

import (
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// A PgBouncer that waits before it ends, as described in docs/OPERATIONS.md: SIGTERM waits for clients, SIGINT for
// queries. Commands on its console do the same.
func TestDrillPoolerThatWaits(t *testing.T) {
	t.Parallel()
	program := waitingBouncer(t)
	for _, tt := range []struct {
		shutdown string
		idle     bool // idle connections stay usable
	}{
		{"SHUTDOWN WAIT_FOR_CLIENTS", true},
		{"SHUTDOWN WAIT_FOR_SERVERS", false},
	} {
		t.Run(tt.shutdown, func(t *testing.T) {
			t.Parallel()
			server := testbed.OwnServers(t)[0]
			b, err := program.Start(t.Context(), server, "admin_users = wire_scram")
			if err != nil {
				t.Fatal(err)
			}
			defer b.Stop() // it may have ended by itself
			dsn, application := testbed.NamedApplication(t, b.URL)
			p := newPool(t, dsn, func(cfg *pool.Config) {
				cfg.MaxConns, cfg.Conn.CancelTimeout = 2, 500*time.Millisecond
				cfg.PingIdle = -1 // so that the query itself notices the state of its connection
			})
			s := endlessStream(t, p)
			testbed.Take(t, s, 0, 10)
			idle := poolPID(t, p)
			console := testbed.Reconnect(t, testbed.Edit(t, b.URL, func(u *url.URL) { u.Path = "/pgbouncer" }))
			if err := command.Exec(testbed.Context(t), console, tt.shutdown); err != nil {
				t.Fatalf("%s: %v", tt.shutdown, err)
			}
			testbed.Eventually(t, "no new connections", func() bool {
				c, err := conn.Connect(testbed.Context(t), b.URL)
				if err == nil {
					testbed.Close(t, c)
				}
				return err != nil
			})
			testbed.Take(t, s, 10, 1000) // the stream continues
			if tt.idle {
				if got := poolPID(t, p); got != idle {
					t.Errorf("the idle connection %d was replaced by %d", idle, got)
				}
				poolRuns(t, p)
			} else if _, err := p.Query(testbed.Context(t), testbed.Documents(1)); testbed.SQLState(err) != "08P01" || werr.SafeToRetry(err) {
				t.Errorf("a query on an idle connection: %v, want 08P01, and no retry", err)
			}
			// The cancel cannot get through, so the connection is closed, which ends the query.
			var late *werr.CancellationTimeoutError
			if err := s.Close(); !errors.As(err, &late) {
				t.Errorf("closing the stream: %v, want a *CancellationTimeoutError", err)
			}
			testbed.Observe(t, server.DSN()).WaitNoQuery(application)
			_ = console.Close(testbed.Context(t)) // it may have ended
		})
	}
}

// waitingBouncer returns a PgBouncer program that can wait for its clients.
func waitingBouncer(t *testing.T) pgserver.BouncerProgram {
	t.Helper()
	all := bouncers(t)
	for _, p := range all {
		var major, minor int
		if _, err := fmt.Sscanf(p.Version, "%d.%d", &major, &minor); err != nil {
			t.Fatal(err)
		}
		if major > 1 || minor >= 23 {
			return p
		}
	}
	t.Skipf("PgBouncer waits for its clients from 1.23 on, but there is only %v; .ci/install-pgbouncer may help", all)
	return pgserver.BouncerProgram{}
}
