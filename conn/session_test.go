package conn_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// asked is a query as received by the server, without what is not compared.
type asked struct {
	SQL, Statement string
	Parsed         bool
	Args, Closes   []string
	Settings       *asked
}

func seen(q *fakepg.Query) *asked {
	if q == nil {
		return nil
	}
	a := &asked{SQL: q.SQL, Statement: q.Statement, Parsed: q.Parsed, Closes: q.Closes, Settings: seen(q.Settings)}
	for _, arg := range q.Args {
		a.Args = append(a.Args, string(arg))
	}
	return a
}

// recording returns a connection to a server that answers the given number of queries with a row each, once it has
// read each to its Sync: a query has a single one.
func recording(t *testing.T, answers int, configure func(*conn.Config)) (*conn.Conn, chan *asked) {
	t.Helper()
	queries := make(chan *asked, 100)
	srv := fakepg.Start(t, func(c *fakepg.Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		for range answers {
			q, err := c.ReadQuery()
			if err != nil {
				return err
			}
			queries <- seen(q)
			if err := c.Result(1); err != nil {
				return err
			}
		}
		return nil
	})
	cfg, err := conn.ParseConfig(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	configure(cfg)
	c, err := conn.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return c, queries
}

func oneRow(t *testing.T, c *conn.Conn, sql string, args []any, opts ...stream.Option) {
	t.Helper()
	s, err := c.QueryArgs(t.Context(), sql, args, opts...)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for s.Next() {
		n++
	}
	if s.Err() != nil || n != 1 || s.Stats().TotalRowsYielded != 1 {
		t.Errorf("%d rows, %v, stats %+v", n, s.Err(), s.Stats())
	}
}

const setTwo = "SELECT pg_catalog.set_config($1, $2, true), pg_catalog.set_config($3, $4, true)"

// The settings precede the query, in the same message, and change nothing else in it.
func TestSettingsTravelWithTheQuery(t *testing.T) {
	t.Parallel()
	c, queries := recording(t, 1, func(*conn.Config) {})
	oneRow(t, c, "SELECT $1", []any{7}, stream.WithRole("r"), stream.WithSetting("app.tenant", "a'; DROP"))
	want := &asked{
		SQL: "SELECT $1", Parsed: true, Args: []string{"7"},
		Settings: &asked{SQL: setTwo, Parsed: true, Args: []string{"role", "r", "app.tenant", "a'; DROP"}},
	}
	if diff := cmp.Diff(want, <-queries); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Both statements of a message are prepared, reused and evicted like any other.
func TestSettingsArePreparedToo(t *testing.T) {
	t.Parallel()
	c, queries := recording(t, 6, func(cfg *conn.Config) { cfg.PrepareThreshold, cfg.StatementCacheSize = 2, 2 })
	settings := []stream.Option{stream.WithRole("r"), stream.WithSetting("app.tenant", "a")}
	args := []string{"role", "r", "app.tenant", "a"}
	for range 3 {
		oneRow(t, c, "SELECT 1", nil, settings...)
	}
	oneRow(t, c, "SELECT 2", nil)
	oneRow(t, c, "SELECT 2", nil)
	oneRow(t, c, "SELECT 2", nil)
	var got []*asked
	for range 6 {
		got = append(got, <-queries)
	}
	set, one, two := got[1].Settings.Statement, got[1].Statement, got[4].Statement
	want := []*asked{
		{SQL: "SELECT 1", Parsed: true, Settings: &asked{SQL: setTwo, Parsed: true, Args: args}},
		{SQL: "SELECT 1", Statement: one, Parsed: true, Settings: &asked{SQL: setTwo, Statement: set, Parsed: true, Args: args}},
		{SQL: "SELECT 1", Statement: one, Settings: &asked{SQL: setTwo, Statement: set, Args: args}},
		{SQL: "SELECT 2", Parsed: true},
		{SQL: "SELECT 2", Statement: two, Parsed: true},
		{SQL: "SELECT 2", Statement: two, Closes: []string{set}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, name := range []string{set, one, two} {
		if !strings.HasPrefix(name, "fraiseql_") || len(name) != len("fraiseql_")+32 {
			t.Errorf("a statement has the name %q", name)
		}
	}
}

// Settings that cannot be sent are refused before a byte is sent, and the connection is idle.
func TestSettingsRefusedUnsent(t *testing.T) {
	t.Parallel()
	c, queries := recording(t, 1, func(cfg *conn.Config) { cfg.MaxMessageSize = 4096 })
	for name, opts := range map[string][]stream.Option{
		"no name":             {stream.WithSetting("", "x")},
		"with simple":         {stream.WithSetting("a.b", "x"), stream.WithSimpleProtocol()},
		"too large for a row": {stream.WithSetting("a.b", strings.Repeat("x", 4096))},
	} {
		_, err := c.Query(t.Context(), "SELECT 1", opts...)
		var usage *werr.UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), "WithSetting") {
			t.Errorf("%s: %v, want a UsageError that names WithSetting", name, err)
		}
		if c.State() != conn.Idle {
			t.Errorf("%s: the connection is %v", name, c.State())
		}
	}
	oneRow(t, c, "SELECT 1", nil)
	if first := <-queries; len(queries) != 0 || first.Settings != nil {
		t.Errorf("the server received %d more queries; the first was %+v", len(queries), first)
	}
}

// The server does not say which of several settings it refused: the error names the one quoted in its message, or
// else all.
func TestSettingThatTheServerRefuses(t *testing.T) {
	t.Parallel()
	settings := []stream.Option{
		stream.WithRole("nobody"), stream.WithSetting("app.tenant", "s3cret"), stream.WithSetting("work_mem", "much"),
	}
	for message, want := range map[string]string{
		`role "nobody" does not exist`:               "fraiseql: WithRole: server: ERROR: ",
		`invalid value for parameter "work_mem"`:     `fraiseql: WithSetting("work_mem"): server: ERROR: `,
		`canceling statement due to user request`:    `WithRole, WithSetting("app.tenant"), WithSetting("work_mem"): server`,
		`permission denied to set role "nobody"`:     "fraiseql: WithRole: server: ERROR: ",
		`unrecognized configuration parameter "xxx"`: `WithRole, WithSetting("app.tenant"), WithSetting("work_mem"): server`,
	} {
		srv := fakepg.Start(t, func(c *fakepg.Conn) error {
			if err := c.Login(); err != nil {
				return err
			}
			if _, err := c.ReadQuery(); err != nil {
				return err
			}
			return c.Fail("22023", message)
		})
		c, err := conn.Connect(t.Context(), srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Query(t.Context(), "SELECT 1", settings...)
		var refused *werr.ServerError
		if !errors.As(err, &refused) || refused.Code != "22023" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in its text", message, err, want)
		}
		if strings.Contains(err.Error(), "s3cret") || c.State() != conn.Idle {
			t.Errorf("%v; the connection is %v", err, c.State())
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Even an answer that is discarded while the query is drained shows what the server has prepared.
func TestPreparedWhileDrained(t *testing.T) {
	t.Parallel()
	queries := make(chan *asked, 10)
	srv := fakepg.Start(t, func(c *fakepg.Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		q, err := c.ReadQuery()
		if err != nil {
			return err
		}
		queries <- seen(q)
		<-c.Cancelled() // the query is left before a byte of its answer was sent
		if err := c.SendRaw(append(c.Head(), fakepg.Encode(fakepg.Canceled(), fakepg.Ready())...)); err != nil {
			return err
		}
		if q, err = c.ReadQuery(); err != nil {
			return err
		}
		queries <- seen(q)
		return c.Result(1)
	})
	cfg, err := conn.ParseConfig(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	cfg.PrepareThreshold = 1
	c, err := conn.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(t.Context()) }()
	ctx := newAlarm()
	go func() { first := <-queries; ctx.ring(); queries <- first }()
	if _, err := c.Query(ctx, "SELECT 1"); err == nil {
		t.Fatal("no error after the context's end")
	}
	oneRow(t, c, "SELECT 1", nil)
	first, second := <-queries, <-queries
	if second.Parsed {
		first, second = second, first
	}
	if !first.Parsed || second.Parsed || second.Statement != first.Statement {
		t.Errorf("first %+v, then %+v", first, second)
	}
}
