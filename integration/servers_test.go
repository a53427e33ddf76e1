package integration_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// patience is how long a test waits for what must come about. It is far above what anything here takes.
const patience = 30 * time.Second

// servers are the PostgreSQL servers of this run, at least one.
func servers(t testing.TB) []*pgserver.Server {
	t.Helper()
	all, err := bed.servers()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ownServers are those with the roles and certificates of package pgserver.
func ownServers(t testing.TB) []*pgserver.Server {
	t.Helper()
	var own []*pgserver.Server
	for _, s := range servers(t) {
		if s.Own() {
			own = append(own, s)
		}
	}
	if len(own) == 0 {
		cannot(t, "needs a server with roles and certificates of its own: unset DATABASE_URL")
	}
	return own
}

// cannot ends a test that this machine cannot run. Where the project is checked, that is a failure.
func cannot(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// onServers runs a test on each server: the subtests pg15, pg17, pg18, or given.
func onServers(t *testing.T, test func(t *testing.T, s *pgserver.Server)) {
	t.Helper()
	for _, s := range servers(t) {
		t.Run(s.Name, func(t *testing.T) { test(t, s) })
	}
}

// onRoutes runs a test on each server, each way to it: the subtests pg17/tcp, pg17/tls, pg17/unix.
func onRoutes(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	onServers(t, func(t *testing.T, s *pgserver.Server) {
		for name, dsn := range routes(t, s) {
			t.Run(name, func(t *testing.T) { test(t, dsn) })
		}
	})
}

func routes(t testing.TB, s *pgserver.Server) map[string]string {
	t.Helper()
	r := map[string]string{"tcp": s.DSN()}
	if s.SocketDSN() != "" {
		r["unix"] = s.SocketDSN()
	}
	if s.Own() {
		dsn, err := s.As("postgres", "sslmode", "verify-full", "sslrootcert", s.CAFile())
		if err != nil {
			t.Fatal(err)
		}
		r["tls"] = dsn
	}
	return r
}

// onModes runs a test in each way of filling: the subtests pull, auto, always.
func onModes(t *testing.T, test func(t *testing.T, mode stream.Option)) {
	t.Helper()
	for _, m := range []struct {
		name string
		mode stream.ReadAhead
	}{
		{"pull", stream.ReadAheadNever},
		{"auto", stream.ReadAheadAuto},
		{"always", stream.ReadAheadAlways},
	} {
		t.Run(m.name, func(t *testing.T) { test(t, stream.WithReadAhead(m.mode)) })
	}
}

// connect opens a connection that is closed, in good order, when the test ends.
func connect(t testing.TB, dsn string) *conn.Conn {
	t.Helper()
	c, err := conn.Connect(bounded(t), dsn)
	if err != nil {
		t.Fatalf("connect to %s: %v", dsn, err)
	}
	t.Cleanup(func() { closeConn(t, c) })
	return c
}

func closeConn(t testing.TB, c *conn.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// bounded is a context for a test that must not hang.
func bounded(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// execute runs a statement that returns no rows.
func execute(t testing.TB, c *conn.Conn, sql string) {
	t.Helper()
	if err := command.Exec(bounded(t), c, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// query starts a query that must not be refused. The stream is closed when the test ends.
func query(t testing.TB, c *conn.Conn, sql string, opts ...stream.Option) *stream.Stream {
	t.Helper()
	s, err := c.Query(bounded(t), sql, opts...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	t.Cleanup(func() { s.Close() }) // tests that care close it themselves
	return s
}

// rows is a query's whole result.
func rows(t testing.TB, s *stream.Stream) []string {
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

// usable fails unless the connection is idle and answers a query as the same backend.
func usable(t testing.TB, c *conn.Conn, pid uint32) {
	t.Helper()
	want := []string{strconv.FormatUint(uint64(pid), 10)}
	if got := rows(t, query(t, c, "SELECT to_json(pg_backend_pid()) AS data")); !slices.Equal(got, want) {
		t.Errorf("the connection answers as backend %v, want %v", got, want)
	}
	if c.State() != conn.Idle {
		t.Errorf("state %v after a whole result, want idle", c.State())
	}
}
