package integration_test

import (
	"errors"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
)

// A server that is stopped at once (pg_ctl stop -m immediate) sends the reason in a WARNING, and closes its
// connections. This reason is the error of a running query, of a stream in the middle of its result, and of the next
// query on an idle connection.
func TestReasonOfAnImmediateShutdown(t *testing.T) {
	t.Parallel()
	server := testbed.PrivateServer(t)
	watcher, admin := testbed.Observe(t, server.DSN()), testbed.Reconnect(t, server.DSN())
	connect := func() *conn.Conn { return testbed.Connect(t, server.DSN()) }

	inQuery, inStream, idle := connect(), connect(), connect()
	failed := make(chan error, 1)
	go func() {
		// The server sends buffered output together with the reason, so that Query may still return a stream.
		_, err := testbed.Outcome(t, inQuery, testbed.Sleepy(1, 1))
		failed <- err
	}()
	s := testbed.Begin(t, inStream, testbed.Sleepy(3, 3), 1)
	watcher.WaitEvent(inQuery.PID(), "PgSleep")
	watcher.WaitEvent(inStream.PID(), "PgSleep")
	// It may also end this command.
	_ = command.Exec(testbed.Context(t), admin, testbed.SignalStatement("QUIT", "$(head -n 1 postmaster.pid)"))

	for s.Next() { // the server may send buffered rows
	}
	_, err := idle.Query(testbed.Context(t), testbed.Documents(1))
	for what, err := range map[string]error{"query": <-failed, "stream": s.Err(), "idle": err} {
		var reason *werr.ServerError
		if !errors.As(err, &reason) || reason.Code != "57P01" && reason.Code != "57P02" {
			t.Errorf("%s: %v; want the server's reason, 57P01 or 57P02", what, err)
		}
		if got := werr.CategoryOf(err); got != werr.CategoryServer {
			t.Errorf("%s: category %q", what, got)
		}
	}
	for _, c := range []*conn.Conn{inQuery, inStream, idle} {
		testbed.WaitClosed(t, c)
	}
	_ = admin.Close(testbed.Context(t))
}

// A backend that is terminated reports that in a FATAL error.
func TestReasonOfATermination(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryServer, func(t *testing.T, dsn string) {
		watcher, c := testbed.Observe(t, dsn), testbed.Connect(t, dsn)
		s := testbed.Begin(t, c, testbed.Sleepy(3, 3), 1)
		watcher.Terminate(c.PID())
		for s.Next() { // the server may send buffered rows
		}
		if testbed.SQLState(s.Err()) != "57P01" {
			t.Errorf("after pg_terminate_backend: %v, want 57P01", s.Err())
		}
	})
}
