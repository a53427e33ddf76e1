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
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// connectPooled is connect, without the run-time parameters that PgBouncer refuses.
func connectPooled(t testing.TB) *conn.Conn {
	t.Helper()
	return connect(t, bouncer(t).URL)
}

// Behind a transaction pooler each query may meet another backend: no query may rest on an earlier one.
func TestPooledQueriesAndArguments(t *testing.T) {
	t.Parallel()
	const sql = "SELECT to_json($1::int + g) AS data FROM generate_series(1, $2::int) g"
	var clients sync.WaitGroup
	for client := range 8 {
		c := connectPooled(t)
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
	c := connectPooled(t)
	want := sumOnServer(t, ownServers(t)[0].DSN(), n, "jsonb")
	onModes(t, func(t *testing.T, mode stream.Option) {
		if got := sumOf(t, long(t, c, mixed(n, "jsonb"), mode)); got != want {
			t.Errorf("%+v, the server has %+v", got, want)
		}
	})
}

// A cancel through the pooler stops the query that it is meant for: the connection is used again or closed, and the
// queries of other clients never notice.
func TestPooledCancelHitsNobodyElse(t *testing.T) {
	t.Parallel()
	bystander := connectPooled(t)
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
	onModes(t, func(t *testing.T, mode stream.Option) {
		c := connectPooled(t)
		r := rand.New(rand.NewPCG(2, 3))
		reconnects := 0
		for i := range 60 {
			ctx, end := context.WithCancel(t.Context())
			s, err := c.Query(ctx, "SELECT to_json(generate_series(1, 3000000)) AS data", mode)
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
				err = s.Cancel(bounded(t))
			default:
				end()
				err = s.Close()
			}
			end()
			if err != nil {
				t.Fatalf("leaving query %d: %v", i, err)
			}
			if c.State() == conn.Closed { // allowed, where there is no proof that the cancel was delivered
				reconnects++
				c = connectPooled(t)
			}
			if got := rows(t, query(t, c, series(30))); len(got) != 30 {
				t.Fatalf("after query %d: %d rows of 30", i, len(got))
			}
		}
		if reconnects > 0 {
			t.Errorf("%d of 60 connections were not used again", reconnects)
		}
	})
	close(stop)
	others.Wait()
}

// What PgBouncer refuses at the login says which of its settings helps.
func TestPooledRunTimeParameter(t *testing.T) {
	t.Parallel()
	b := bouncer(t)
	for _, parameter := range []string{"jit", "search_path", "statement_timeout"} {
		cfg, err := conn.ParseConfig(b.URL)
		if err != nil {
			t.Fatal(err)
		}
		cfg.RuntimeParams = map[string]string{parameter: "0"}
		_, err = conn.ConnectConfig(bounded(t), cfg)
		oneLine(t, err)
		if !strings.Contains(err.Error(), "ignore_startup_parameters") || !strings.Contains(err.Error(), parameter) {
			t.Errorf("%v; want that it names %s and ignore_startup_parameters", err, parameter)
		}
	}
	// Those that PgBouncer keeps itself are taken.
	cfg := configure(t, b.URL, func(cfg *conn.Config) {
		cfg.RuntimeParams = map[string]string{"application_name": "pooled", "DateStyle": "SQL, DMY"}
	})
	c, err := conn.ConnectConfig(bounded(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer closeConn(t, c)
	const sql = "SELECT to_json(current_setting('DateStyle') || ' ' || current_setting('application_name')) AS data"
	if got := asked(t, c, sql); got != `"SQL, DMY pooled"` {
		t.Errorf("the settings are %s", got)
	}
}

// Errors of the server and of the pooler itself: each is an error of its kind, and what can go on does.
func TestPooledErrors(t *testing.T) {
	t.Parallel()
	b := bouncer(t)
	c := connectPooled(t)
	for _, tt := range []struct {
		name, sql, code string
		category        werr.Category
	}{
		{"after rows", "SELECT to_json(1/(1000-g)) AS data FROM generate_series(1, 2000) g", "22012", werr.CategoryServer},
		{"syntax", "SELEKT", "42601", werr.CategoryServer},
		{"schema", "SELECT 1 AS one", "", werr.CategorySchema},
	} {
		_, err := outcome(t, c, tt.sql)
		if werr.CategoryOf(err) != tt.category || sqlState(err) != tt.code {
			t.Errorf("%s: %v, want %v %q", tt.name, err, tt.category, tt.code)
		}
		if got := rows(t, query(t, c, series(3))); len(got) != 3 {
			t.Errorf("after %s: %d rows of 3", tt.name, len(got))
		}
	}
	for name, change := range map[string]func(*url.URL){
		"wrong password":   func(u *url.URL) { u.User = url.UserPassword("wire_scram", wrongPassword) },
		"no such database": func(u *url.URL) { u.Path = "/nowhere" },
		"no such role":     func(u *url.URL) { u.User = url.UserPassword("wire_nobody", wrongPassword) },
	} {
		_, err := conn.Connect(bounded(t), edited(t, b.URL, change))
		oneLine(t, err)
		var refused *werr.ServerError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v, want a ServerError", name, err)
		}
	}
}

// The pooler's own server connection dies under a stream.
func TestPooledBackendTerminated(t *testing.T) {
	t.Parallel()
	c, admin := connectPooled(t), connect(t, ownServers(t)[0].DSN())
	s := begun(t, c, "SELECT to_json(pg_backend_pid()) AS data FROM (SELECT generate_series(1, 3000000)) s", 1)
	execute(t, admin, "SELECT pg_terminate_backend("+string(s.Row())+")")
	for s.Next() { // what was on its way
	}
	if s.Err() == nil {
		t.Fatal("a clean end")
	}
	if werr.SafeToRetry(s.Err()) {
		t.Errorf("%v after rows is safe to retry", s.Err())
	}
	_ = s.Close() // the connection is gone, or not: both will do
	if c.State() == conn.Idle {
		if got := rows(t, query(t, c, series(3))); len(got) != 3 {
			t.Errorf("%d rows of 3", len(got))
		}
	}
}
