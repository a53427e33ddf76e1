//go:build unix

package integration_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The tests of this file share one primary and one standby, one after the other; each leaves both running. The last
// one promotes the standby.
func TestTopology(t *testing.T) {
	t.Parallel()
	top := testbed.NewTopology(t)
	for _, tt := range []struct {
		name string
		test func(t *testing.T, top *testbed.Topology)
	}{
		{"target_session_attrs", sessionAttrs},
		{"load_balance_hosts", loadBalance},
		{"recovery conflict", recoveryConflict},
		{"shutting down", shuttingDown},
		{"restart in mid-stream", restartInMidStream},
		{"crash in mid-stream", crashInMidStream},
		{"nobody is left", nobodyIsLeft},
		{"restart behind PgBouncer", restartBehindBouncer},
		{"promotion in mid-stream", promotionInMidStream},
	} {
		if !t.Run(tt.name, func(t *testing.T) {
			top.T = t
			defer func() { top.T = t }()
			tt.test(t, top)
		}) {
			break // the servers may not be in the state that the next one needs
		}
	}
	top.T = t
}

func sessionAttrs(t *testing.T, top *testbed.Topology) {
	both, other := top.Primary.List(top.Standby), top.Standby.List(top.Primary)
	readOnly := strings.Replace(top.Primary.List(), "jit%3Doff", "default_transaction_read_only%3Don", 1)
	for _, tt := range []struct{ dsn, attrs, want string }{
		{both, "any", "primary"},
		{other, "any", "standby"},
		{both, "read-write", "primary"},
		{other, "read-write", "primary"},
		{both, "read-only", "standby"},
		{other, "read-only", "standby"},
		{both, "primary", "primary"},
		{other, "primary", "primary"},
		{both, "standby", "standby"},
		{other, "standby", "standby"},
		{both, "prefer-standby", "standby"},
		{other, "prefer-standby", "standby"},
		{top.Primary.List(), "prefer-standby", "primary"},
		{top.Primary.List(), "standby", ""},
		{top.Primary.List(), "read-only", ""},
		{top.Standby.List(), "primary", ""},
		{top.Standby.List(), "read-write", ""},
		{readOnly, "read-only", "primary"},
		{readOnly, "read-write", ""},
		{readOnly, "primary", "primary"},
		{top.Primary.List(top.Primary, top.Standby), "standby", "standby"},
		{top.Standby.List(top.Standby), "primary", ""},
	} {
		t.Run(tt.attrs, func(t *testing.T) {
			c, err := conn.Connect(testbed.Context(t), tt.dsn+"&target_session_attrs="+tt.attrs)
			if tt.want == "" {
				var failed *werr.ConnectError
				if !errors.As(err, &failed) || !strings.Contains(err.Error(), "target_session_attrs="+tt.attrs) {
					t.Errorf("%v, want a *ConnectError that names target_session_attrs", err)
				}
				if err == nil {
					testbed.Close(t, c)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer testbed.Close(t, c)
			if got := top.At(t, c); got != tt.want {
				t.Errorf("connected to the %s, want the %s", got, tt.want)
			}
		})
	}
}

// The probability that 30 connects all go to the same one of two servers is one in five hundred million.
func loadBalance(t *testing.T, top *testbed.Topology) {
	for order, spread := range map[string]bool{"random": true, "disable": false} {
		seen := map[string]int{}
		for range 30 {
			c, err := conn.Connect(testbed.Context(t), top.Primary.List(top.Standby)+"&load_balance_hosts="+order)
			if err != nil {
				t.Fatal(err)
			}
			seen[top.At(t, c)]++
			testbed.Close(t, c)
		}
		if (len(seen) == 2) != spread || seen["primary"] == 0 {
			t.Errorf("load_balance_hosts=%s: %v", order, seen)
		}
	}
	c := testbed.Connect(t, top.Primary.List(top.Standby)+"&load_balance_hosts=random&target_session_attrs=standby")
	if got := top.At(t, c); got != "standby" {
		t.Errorf("a random order and target_session_attrs=standby lead to the %s", got)
	}
}

// A standby cancels a query that conflicts with recovery: the error of the server is reported after the rows that
// arrived before it, and the connection stays usable.
func recoveryConflict(t *testing.T, top *testbed.Topology) {
	writer := testbed.Connect(t, top.Primary.DSN())
	testbed.Execute(t, writer, "CREATE TABLE conflicting AS SELECT generate_series(1, 1000) AS g")
	c := testbed.Connect(t, top.Standby.DSN())
	pid := c.PID()
	s := testbed.Query(t, c, testbed.Laborious(testbed.Endless, 1000))
	testbed.Take(t, s, 0, 50)
	testbed.Execute(t, writer, "DELETE FROM conflicting")
	testbed.Execute(t, writer, "VACUUM conflicting")
	for s.Next() { // until the conflict
	}
	var refused *werr.ServerError
	if err := s.Err(); !errors.As(err, &refused) || !slices.Contains([]string{"40001", "57014"}, refused.SQLState()) {
		t.Fatalf("after a conflict with recovery: %v", err)
	}
	if werr.SafeToRetry(s.Err()) {
		t.Error("an error after rows is safe to retry")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	// The standby signals again until the conflict is over. A signal that arrives while the query is being rolled back
	// ends the session, after the error and instead of ReadyForQuery.
	if c.State() == conn.Closed {
		testbed.WaitClosed(t, c)
		return
	}
	testbed.Usable(t, c, pid)
}

// A server that is shutting down answers 57P03: the next one in the list is tried.
func shuttingDown(t *testing.T, top *testbed.Topology) {
	last := testbed.Connect(t, top.Primary.DSN())
	top.Primary.Signal(syscall.SIGTERM)
	testbed.Eventually(t, "a refusal of new connections", func() bool {
		_, err := conn.Connect(testbed.Context(t), top.Primary.DSN())
		var refused *werr.ServerError
		return errors.As(err, &refused) && refused.SQLState() == "57P03" && werr.SafeToRetry(err)
	})
	if got := top.At(t, testbed.Connect(t, top.Primary.List(top.Standby))); got != "standby" {
		t.Errorf("connected to the %s", got)
	}
	testbed.Usable(t, last, last.PID())
	testbed.Close(t, last)
	top.Primary.WaitEnd()
	top.Primary.Start()
}

// A restart ends the stream with the server's own error. The list then leads to the other server, and later back.
func restartInMidStream(t *testing.T, top *testbed.Topology) {
	c := testbed.Connect(t, top.Primary.List(top.Standby))
	s := testbed.Query(t, c, testbed.Laborious(testbed.Endless, 1000))
	testbed.Take(t, s, 0, 50)
	done := make(chan struct{})
	go func() {
		defer close(done)
		top.Primary.Signal(syscall.SIGINT)
	}()
	for s.Next() { // until the end
	}
	<-done
	var last *werr.ServerError
	if err := s.Err(); !errors.As(err, &last) || last.SQLState() != "57P01" || werr.SafeToRetry(err) {
		t.Errorf("after a shutdown in mid-stream: %v", err)
	}
	s.Close() // the connection is closed
	testbed.WaitClosed(t, c)
	top.Primary.WaitEnd()
	if got := top.At(t, testbed.Connect(t, top.Primary.List(top.Standby))); got != "standby" {
		t.Errorf("with the primary down, connected to the %s", got)
	}
	top.Primary.Start()
	if got := top.At(t, testbed.Connect(t, top.Primary.List(top.Standby))); got != "primary" {
		t.Errorf("with the primary up again, connected to the %s", got)
	}
}

// The loss of a server without a message is never taken for the end of the rows.
func crashInMidStream(t *testing.T, top *testbed.Topology) {
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		for _, end := range []struct {
			name string
			end  func(backend uint32)
		}{
			{"kill -9", func(backend uint32) { top.Primary.Crash(backend) }},
			{"immediate shutdown", func(uint32) { top.Primary.Stop(syscall.SIGQUIT) }},
		} {
			c := testbed.Connect(t, top.Primary.List(top.Standby))
			s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 1000), mode.Option())
			var taken atomic.Int64
			done := make(chan struct{})
			go func() {
				defer close(done)
				for s.Next() {
					taken.Add(1)
				}
			}()
			testbed.Eventually(t, "rows", func() bool { return taken.Load() > 50 })
			end.end(c.PID())
			<-done
			if err := s.Err(); err == nil || werr.SafeToRetry(err) {
				t.Errorf("%s: the stream ends with %v", end.name, err)
			} else {
				testbed.CheckCategory(t, err, werr.CategoryIO, werr.CategoryServer) // the backend may still report the reason
			}
			s.Close() // the connection is closed
			testbed.WaitClosed(t, c)
			if got := top.At(t, testbed.Connect(t, top.Primary.List(top.Standby))); got != "standby" {
				t.Errorf("connected to the %s", got)
			}
			top.Primary.Start()
		}
	})
}

// The error has each attempt.
func nobodyIsLeft(t *testing.T, top *testbed.Topology) {
	top.Standby.Stop(syscall.SIGINT)
	top.Primary.Stop(syscall.SIGINT)
	_, err := conn.Connect(testbed.Context(t), top.Primary.List(top.Standby))
	var failed *werr.ConnectError
	if !errors.As(err, &failed) || len(failed.Attempts) != 2 || !errors.Is(err, syscall.ECONNREFUSED) ||
		!strings.Contains(err.Error(), top.Primary.Port) || !strings.Contains(err.Error(), top.Standby.Port) {
		t.Errorf("%v, want a *ConnectError that has both servers", err)
	}
	testbed.CheckCategory(t, err, werr.CategoryConnect)
	top.Primary.Start()
	top.Standby.Start()
}

// PgBouncer keeps running while its server is restarted.
func restartBehindBouncer(t *testing.T, top *testbed.Topology) {
	b, err := pgserver.StartBouncer(t.Context(), top.Primary.Server(), os.Stderr)
	if err != nil {
		testbed.Cannot(t, err.Error())
	}
	defer b.Stop() // it is not used afterwards
	idle, c := testbed.Connect(t, b.URL), testbed.Connect(t, b.URL)
	s := testbed.Query(t, c, testbed.Laborious(testbed.Endless, 1000))
	testbed.Take(t, s, 0, 50)
	top.Primary.Signal(syscall.SIGINT)
	for s.Next() { // until the end
	}
	testbed.CheckCategory(t, s.Err(), werr.CategoryServer, werr.CategoryIO)
	if werr.SafeToRetry(s.Err()) {
		t.Errorf("%v is safe to retry after rows", s.Err())
	}
	s.Close() // the connection may be closed
	top.Primary.WaitEnd()
	top.Primary.Start()
	for _, c := range []*conn.Conn{idle, testbed.Connect(t, b.URL)} {
		if got := testbed.Rows(t, bouncedArgument(t, c)); !slices.Equal(got, []string{"7"}) {
			t.Errorf("after the restart: %v", got)
		}
		s := testbed.Query(t, c, testbed.Numbered(testbed.Endless, 1000))
		testbed.Take(t, s, 0, 50)
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if got := testbed.Rows(t, testbed.Query(t, c, testbed.Documents(100))); len(got) != 100 {
			t.Errorf("%d rows of 100", len(got))
		}
	}
}

// A standby that is promoted continues to run its queries. The list then leads to it when the old primary is down.
func promotionInMidStream(t *testing.T, top *testbed.Topology) {
	const n = 30_000
	c, admin := testbed.Connect(t, top.Standby.DSN()), testbed.Connect(t, top.Standby.DSN())
	pid := c.PID()
	if got := c.ServerParameter("in_hot_standby"); got != "on" {
		t.Fatalf("in_hot_standby is %q on a standby", got)
	}
	s := testbed.Query(t, c, testbed.Numbered(n, 1000))
	testbed.Take(t, s, 0, 50)
	if got := testbed.Rows(t, testbed.Query(t, admin, "SELECT to_json(pg_promote()) AS data")); got[0] != "true" {
		t.Fatalf("pg_promote says %v", got)
	}
	testbed.Take(t, s, 50, n-50)
	if s.Next() || s.Err() != nil {
		t.Errorf("after the last row: %v", s.Err())
	}
	testbed.Eventually(t, "the word that this is no standby any more", func() bool {
		testbed.Usable(t, c, pid)
		return c.ServerParameter("in_hot_standby") == "off"
	})
	top.Primary.Crash()
	for _, attrs := range []string{"primary", "read-write"} {
		writer := testbed.Connect(t, top.Primary.List(top.Standby)+"&target_session_attrs="+attrs)
		if got := top.At(t, writer); got != "standby" {
			t.Errorf("%s: connected to the %s", attrs, got)
		}
		testbed.Execute(t, writer, "CREATE TABLE written_"+strings.ReplaceAll(attrs, "-", "_")+" (i int)")
	}
}

func bouncedArgument(t testing.TB, c *conn.Conn) *stream.Stream {
	t.Helper()
	s, err := c.QueryArgs(testbed.Context(t), "SELECT to_json($1::int) AS data", []any{7})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
