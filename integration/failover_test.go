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
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The tests of this file share one primary and one standby, one after the other; each leaves both running. The last
// one promotes the standby.
func TestTopology(t *testing.T) {
	t.Parallel()
	top := newTopology(t)
	for _, tt := range []struct {
		name string
		test func(t *testing.T, top *topology)
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
			top.t = t
			defer func() { top.t = t }()
			tt.test(t, top)
		}) {
			break // the servers may not be as the next one needs them
		}
	}
	top.t = t
}

// at is the node that a connection has come to.
func (top *topology) at(t testing.TB, c *conn.Conn) string {
	t.Helper()
	port := rows(t, query(t, c, "SELECT to_json(current_setting('port')) AS data"))[0]
	for _, n := range []*node{top.primary, top.standby} {
		if port == `"`+n.port+`"` {
			return n.name
		}
	}
	t.Fatalf("connected to port %s", port)
	return ""
}

func sessionAttrs(t *testing.T, top *topology) {
	both, other := top.primary.list(top.standby), top.standby.list(top.primary)
	readOnly := strings.Replace(top.primary.list(), "jit%3Doff", "default_transaction_read_only%3Don", 1)
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
		{top.primary.list(), "prefer-standby", "primary"},
		{top.primary.list(), "standby", ""},
		{top.primary.list(), "read-only", ""},
		{top.standby.list(), "primary", ""},
		{top.standby.list(), "read-write", ""},
		{readOnly, "read-only", "primary"},
		{readOnly, "read-write", ""},
		{readOnly, "primary", "primary"},
		{top.primary.list(top.primary, top.standby), "standby", "standby"},
		{top.standby.list(top.standby), "primary", ""},
	} {
		t.Run(tt.attrs, func(t *testing.T) {
			c, err := conn.Connect(bounded(t), tt.dsn+"&target_session_attrs="+tt.attrs)
			if tt.want == "" {
				var failed *werr.ConnectError
				if !errors.As(err, &failed) || !strings.Contains(err.Error(), "target_session_attrs="+tt.attrs) {
					t.Errorf("%v, want a *ConnectError that names target_session_attrs", err)
				}
				if err == nil {
					closeConn(t, c)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer closeConn(t, c)
			if got := top.at(t, c); got != tt.want {
				t.Errorf("connected to the %s, want the %s", got, tt.want)
			}
		})
	}
}

// That of 30 connects all go to the same of two has a probability of one in five hundred million.
func loadBalance(t *testing.T, top *topology) {
	for order, spread := range map[string]bool{"random": true, "disable": false} {
		seen := map[string]int{}
		for range 30 {
			c, err := conn.Connect(bounded(t), top.primary.list(top.standby)+"&load_balance_hosts="+order)
			if err != nil {
				t.Fatal(err)
			}
			seen[top.at(t, c)]++
			closeConn(t, c)
		}
		if (len(seen) == 2) != spread || seen["primary"] == 0 {
			t.Errorf("load_balance_hosts=%s: %v", order, seen)
		}
	}
	c := connect(t, top.primary.list(top.standby)+"&load_balance_hosts=random&target_session_attrs=standby")
	if got := top.at(t, c); got != "standby" {
		t.Errorf("a random order and target_session_attrs=standby come to the %s", got)
	}
}

// A standby cancels a query that stands in the way of what it has to replay: an error of the server, after the rows
// that came before, and the connection goes on.
func recoveryConflict(t *testing.T, top *topology) {
	writer := connect(t, top.primary.dsn())
	execute(t, writer, "CREATE TABLE conflicting AS SELECT generate_series(1, 1000) AS g")
	c := connect(t, top.standby.dsn())
	pid := c.PID()
	s := query(t, c, laborious(endless, 1000))
	take(t, s, 0, 50)
	execute(t, writer, "DELETE FROM conflicting")
	execute(t, writer, "VACUUM conflicting")
	for s.Next() { // until the conflict
	}
	var refused *werr.ServerError
	if err := s.Err(); !errors.As(err, &refused) || !slices.Contains([]string{"40001", "57014"}, refused.SQLState()) {
		t.Fatalf("after a conflict with recovery: %v", err)
	}
	if werr.SafeToRetry(s.Err()) {
		t.Error("an error behind rows is called safe to retry")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if refused.Severity == "FATAL" { // the server did not cancel the query, but ended the session
		mustClose(t, c)
		return
	}
	usable(t, c, pid)
}

// A server that is about to end answers 57P03: the next one of the list is asked.
func shuttingDown(t *testing.T, top *topology) {
	last := connect(t, top.primary.dsn())
	top.primary.signal(syscall.SIGTERM)
	eventually(t, "a refusal of new connections", func() bool {
		_, err := conn.Connect(bounded(t), top.primary.dsn())
		var refused *werr.ServerError
		return errors.As(err, &refused) && refused.SQLState() == "57P03" && werr.SafeToRetry(err)
	})
	if got := top.at(t, connect(t, top.primary.list(top.standby))); got != "standby" {
		t.Errorf("connected to the %s", got)
	}
	usable(t, last, last.PID())
	closeConn(t, last)
	top.primary.waitEnd()
	top.primary.start()
}

// A restart ends the stream with the server's own word for it. The list then leads to the other server, and later back.
func restartInMidStream(t *testing.T, top *topology) {
	c := connect(t, top.primary.list(top.standby))
	s := query(t, c, laborious(endless, 1000))
	take(t, s, 0, 50)
	done := make(chan struct{})
	go func() {
		defer close(done)
		top.primary.signal(syscall.SIGINT)
	}()
	for s.Next() { // until the end
	}
	<-done
	var last *werr.ServerError
	if err := s.Err(); !errors.As(err, &last) || last.SQLState() != "57P01" || werr.SafeToRetry(err) {
		t.Errorf("after a shutdown in mid-stream: %v", err)
	}
	s.Close() // the connection is gone
	mustClose(t, c)
	top.primary.waitEnd()
	if got := top.at(t, connect(t, top.primary.list(top.standby))); got != "standby" {
		t.Errorf("with the primary down, connected to the %s", got)
	}
	top.primary.start()
	if got := top.at(t, connect(t, top.primary.list(top.standby))); got != "primary" {
		t.Errorf("with the primary up again, connected to the %s", got)
	}
}

// A server that is gone without a word is never taken for the end of the rows.
func crashInMidStream(t *testing.T, top *topology) {
	onModes(t, func(t *testing.T, mode stream.Option) {
		for _, end := range []struct {
			name string
			end  func(backend uint32)
		}{
			{"kill -9", func(backend uint32) { top.primary.crash(backend) }},
			{"immediate shutdown", func(uint32) { top.primary.stop(syscall.SIGQUIT) }},
		} {
			c := connect(t, top.primary.list(top.standby))
			s := query(t, c, numbered(endless, 1000), mode)
			var taken atomic.Int64
			done := make(chan struct{})
			go func() {
				defer close(done)
				for s.Next() {
					taken.Add(1)
				}
			}()
			eventually(t, "rows", func() bool { return taken.Load() > 50 })
			end.end(c.PID())
			<-done
			if err := s.Err(); err == nil || werr.SafeToRetry(err) {
				t.Errorf("%s: the stream ends with %v", end.name, err)
			} else {
				ofCategory(t, err, werr.CategoryIO)
			}
			s.Close() // the connection is gone
			mustClose(t, c)
			if got := top.at(t, connect(t, top.primary.list(top.standby))); got != "standby" {
				t.Errorf("connected to the %s", got)
			}
			top.primary.start()
		}
	})
}

// Each attempt is told of.
func nobodyIsLeft(t *testing.T, top *topology) {
	top.standby.stop(syscall.SIGINT)
	top.primary.stop(syscall.SIGINT)
	_, err := conn.Connect(bounded(t), top.primary.list(top.standby))
	var failed *werr.ConnectError
	if !errors.As(err, &failed) || len(failed.Attempts) != 2 || !errors.Is(err, syscall.ECONNREFUSED) ||
		!strings.Contains(err.Error(), top.primary.port) || !strings.Contains(err.Error(), top.standby.port) {
		t.Errorf("%v, want a *ConnectError that has both servers", err)
	}
	ofCategory(t, err, werr.CategoryConnect)
	top.primary.start()
	top.standby.start()
}

// PgBouncer stays while its server goes and comes back.
func restartBehindBouncer(t *testing.T, top *topology) {
	b, err := pgserver.StartBouncer(t.Context(), top.primary.server(), os.Stderr)
	if err != nil {
		cannot(t, err.Error())
	}
	defer b.Stop() // nothing of it is looked at afterwards
	idle, c := connect(t, b.URL), connect(t, b.URL)
	s := query(t, c, laborious(endless, 1000))
	take(t, s, 0, 50)
	top.primary.signal(syscall.SIGINT)
	for s.Next() { // until the end
	}
	ofCategory(t, s.Err(), werr.CategoryServer, werr.CategoryIO)
	if werr.SafeToRetry(s.Err()) {
		t.Errorf("%v is called safe to retry behind rows", s.Err())
	}
	s.Close() // the connection may be gone
	top.primary.waitEnd()
	top.primary.start()
	for _, c := range []*conn.Conn{idle, connect(t, b.URL)} {
		if got := rows(t, bouncedArgument(t, c)); !slices.Equal(got, []string{"7"}) {
			t.Errorf("after the restart: %v", got)
		}
		s := query(t, c, numbered(endless, 1000))
		take(t, s, 0, 50)
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if got := rows(t, query(t, c, series(100))); len(got) != 100 {
			t.Errorf("%d rows of 100", len(got))
		}
	}
}

// A standby that is promoted goes on with what it was asked. The list then leads to it when the old primary is gone.
func promotionInMidStream(t *testing.T, top *topology) {
	const n = 30_000
	c, admin := connect(t, top.standby.dsn()), connect(t, top.standby.dsn())
	pid := c.PID()
	if got := c.ServerParameter("in_hot_standby"); got != "on" {
		t.Fatalf("in_hot_standby is %q on a standby", got)
	}
	s := query(t, c, numbered(n, 1000))
	take(t, s, 0, 50)
	if got := rows(t, query(t, admin, "SELECT to_json(pg_promote()) AS data")); got[0] != "true" {
		t.Fatalf("pg_promote says %v", got)
	}
	take(t, s, 50, n-50)
	if s.Next() || s.Err() != nil {
		t.Errorf("behind the last row: %v", s.Err())
	}
	eventually(t, "the word that this is no standby any more", func() bool {
		usable(t, c, pid)
		return c.ServerParameter("in_hot_standby") == "off"
	})
	top.primary.crash()
	for _, attrs := range []string{"primary", "read-write"} {
		writer := connect(t, top.primary.list(top.standby)+"&target_session_attrs="+attrs)
		if got := top.at(t, writer); got != "standby" {
			t.Errorf("%s: connected to the %s", attrs, got)
		}
		execute(t, writer, "CREATE TABLE written_"+strings.ReplaceAll(attrs, "-", "_")+" (i int)")
	}
}

func bouncedArgument(t testing.TB, c *conn.Conn) *stream.Stream {
	t.Helper()
	s, err := c.QueryArgs(bounded(t), "SELECT to_json($1::int) AS data", []any{7})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
