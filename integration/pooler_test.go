package integration_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// Behind a transaction pooler each query may get another backend: no query may depend on an earlier one.
func TestPooledQueriesAndArguments(t *testing.T) {
	t.Parallel()
	const sql = "SELECT to_json($1::int + g) AS data FROM generate_series(1, $2::int) g"
	var clients sync.WaitGroup
	for client := range 8 {
		c := testbed.Connect(t, testbed.Bouncer(t))
		clients.Go(func() {
			for i := range 40 {
				n := client*1000 + i
				s, err := c.QueryArgs(t.Context(), sql, []any{n, 20})
				if err != nil {
					t.Errorf("client %d, query %d: %v", client, i, err)
					return
				}
				got := 0
				for s.Next() {
					if got++; string(s.Row()) != fmt.Sprint(n+got) {
						t.Errorf("client %d, query %d: row %d is %s", client, i, got, s.Row())
					}
				}
				if got != 20 || s.Err() != nil {
					t.Errorf("client %d, query %d: %d rows, then %v", client, i, got, s.Err())
				}
			}
		})
	}
	clients.Wait()
}

func TestPooledLargeResult(t *testing.T) {
	t.Parallel()
	const n = 50_000
	c := testbed.Connect(t, testbed.Bouncer(t))
	want := sumOnServer(t, testbed.OwnServers(t)[0].DSN(), n, "jsonb")
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		if got := sumOf(t, testbed.Query(t, c, mixed(n, "jsonb"), mode.Option())); got != want {
			t.Errorf("%+v, the server has %+v", got, want)
		}
	})
}

// A cancel through the pooler stops the intended query: the connection is used again, and the queries of other clients
// are not affected.
func TestPooledCancelHitsNobodyElse(t *testing.T) {
	t.Parallel()
	bystander := testbed.Connect(t, testbed.Bouncer(t))
	stop := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			s, err := bystander.Query(t.Context(), "SELECT to_json(g) AS data FROM generate_series(1, 20) g, pg_sleep(0.002)")
			if err != nil {
				t.Errorf("the bystander's query %d: %v", i, err)
				return
			}
			n := 0
			for s.Next() {
				n++
			}
			if s.Err() != nil || n != 20 {
				t.Errorf("the bystander's query %d: %d rows, then %v", i, n, s.Err())
				return
			}
		}
	})
	testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
		c := testbed.Connect(t, testbed.Bouncer(t))
		r := rand.New(rand.NewPCG(2, 3))
		for i := range 60 {
			ctx, end := context.WithCancel(t.Context())
			s, err := c.Query(ctx, "SELECT to_json(generate_series(1, 3000000)) AS data", mode.Option())
			if err != nil {
				t.Fatalf("query %d: %v", i, err)
			}
			for range r.IntN(2000) {
				s.Next()
			}
			switch r.IntN(3) {
			case 0:
				err = s.Close()
			case 1:
				err = s.Cancel(testbed.Context(t))
			default:
				end()
				err = s.Close()
			}
			end()
			if err != nil {
				t.Fatalf("leaving query %d: %v", i, err)
			}
			if c.State() != conn.Idle {
				t.Fatalf("after query %d the connection is %v", i, c.State())
			}
			if got := testbed.Rows(t, testbed.Query(t, c, testbed.Documents(30))); len(got) != 30 {
				t.Fatalf("after query %d: %d rows of 30", i, len(got))
			}
		}
	})
	close(stop)
	others.Wait()
}

// A refusal by PgBouncer at the login tells which of its settings helps.
func TestPooledRunTimeParameter(t *testing.T) {
	t.Parallel()
	b := testbed.Bouncer(t)
	for _, parameter := range []string{"jit", "search_path", "statement_timeout"} {
		cfg, err := conn.ParseConfig(b)
		if err != nil {
			t.Fatal(err)
		}
		cfg.RuntimeParams = map[string]string{parameter: "0"}
		_, err = conn.ConnectConfig(testbed.Context(t), cfg)
		testbed.CheckOneLine(t, err)
		if !strings.Contains(err.Error(), "ignore_startup_parameters") || !strings.Contains(err.Error(), parameter) {
			t.Errorf("%v; want %s and ignore_startup_parameters in it", err, parameter)
		}
	}
	// PgBouncer accepts those that it tracks itself.
	cfg := testbed.Config(t, b, func(cfg *conn.Config) {
		cfg.RuntimeParams = map[string]string{"application_name": "pooled", "DateStyle": "SQL, DMY"}
	})
	c, err := conn.ConnectConfig(testbed.Context(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer testbed.Close(t, c)
	const sql = "SELECT to_json(current_setting('DateStyle') || ' ' || current_setting('application_name')) AS data"
	if got := testbed.Ask(t, c, sql); got != `"SQL, DMY pooled"` {
		t.Errorf("the settings are %s", got)
	}
}

// Errors of the server and of the pooler itself: each is reported as its kind, and the connection stays usable if
// possible.
func TestPooledErrors(t *testing.T) {
	t.Parallel()
	b := testbed.Bouncer(t)
	c := testbed.Connect(t, testbed.Bouncer(t))
	for _, tt := range []struct {
		name, sql, code string
		category        werr.Category
	}{
		{"after rows", "SELECT to_json(1/(1000-g)) AS data FROM generate_series(1, 2000) g", "22012", werr.CategoryServer},
		{"syntax", "SELEKT", "42601", werr.CategoryServer},
		{"schema", "SELECT 1 AS one", "", werr.CategorySchema},
	} {
		_, err := testbed.Outcome(t, c, tt.sql)
		if werr.CategoryOf(err) != tt.category || testbed.SQLState(err) != tt.code {
			t.Errorf("%s: %v, want %v %q", tt.name, err, tt.category, tt.code)
		}
		if got := testbed.Rows(t, testbed.Query(t, c, testbed.Documents(3))); len(got) != 3 {
			t.Errorf("after %s: %d rows of 3", tt.name, len(got))
		}
	}
	for name, change := range map[string]func(*url.URL){
		"wrong password":   func(u *url.URL) { u.User = url.UserPassword("wire_scram", testbed.WrongPassword) },
		"no such database": func(u *url.URL) { u.Path = "/nowhere" },
		"no such role":     func(u *url.URL) { u.User = url.UserPassword("wire_nobody", testbed.WrongPassword) },
	} {
		_, err := conn.Connect(testbed.Context(t), testbed.Edit(t, b, change))
		testbed.CheckOneLine(t, err)
		var refused *werr.ServerError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v, want a ServerError", name, err)
		}
	}
}

// The pooler's server connection dies during a stream.
func TestPooledBackendTerminated(t *testing.T) {
	t.Parallel()
	c, admin := testbed.Connect(t, testbed.Bouncer(t)), testbed.Connect(t, testbed.OwnServers(t)[0].DSN())
	s := testbed.Begin(t, c, "SELECT to_json(pg_backend_pid()) AS data FROM (SELECT generate_series(1, 3000000)) s", 1)
	testbed.Execute(t, admin, "SELECT pg_terminate_backend("+string(s.Row())+")")
	for s.Next() { // rows that were on their way
	}
	if s.Err() == nil {
		t.Fatal("a clean end")
	}
	if werr.SafeToRetry(s.Err()) {
		t.Errorf("%v after rows is safe to retry", s.Err())
	}
	_ = s.Close() // it may report that the connection is gone
	testbed.WaitClosed(t, c)
}
