package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// An error of the database results in a status, and its text appears only in the log.
func TestDatabaseRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		view   string
		change func(*config)
		status int
		detail string
		level  string
	}{
		"no such view in the database":      {"missing", func(*config) {}, 404, "server", "INFO"},
		"a view that the role may not read": {"forbidden", func(*config) {}, 403, "server", "INFO"},
		"a role that does not exist":        {"invoice", func(c *config) { c.role = "nobody_at_all" }, 500, "server", "ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := launch(t, tt.change)
			p.ask(request{path: "/" + tt.view}).wantProblem(t, tt.status, tt.detail)
			if got := p.waitFailure(); got["level"] != tt.level || got["category"] != "server" {
				t.Errorf("the log says %v", got)
			}
			p.waitSettled()
		})
	}
}

// If the database is down, requests and /readyz return 503, but /healthz does not.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	dead := testbed.DeadAddress(t)
	p := launch(t, func(c *config) {
		name, max := c.pool.Name, c.pool.MaxConns
		var err error
		if c.pool, err = pool.ParseConfig("postgres://somebody:secret@" + dead + "/db?sslmode=disable"); err != nil {
			t.Fatal(err)
		}
		c.pool.Name, c.pool.MaxConns = name, max
		c.pool.Retry.Attempts = 1
		c.pool.Breaker = pool.Breaker{Failures: 2, MinOpen: testbed.Patience, MaxOpen: testbed.Patience}
	})
	for range 3 { // at the third one, the breaker is open
		answer := p.ask(request{})
		answer.wantProblem(t, 503, "connect")
		if answer.Header.Get("Retry-After") == "" || strings.Contains(answer.body, dead) {
			t.Errorf("header %v, body %s", answer.Header, answer.body)
		}
	}
	for _, url := range []string{p.admin + "/readyz", p.admin + "/healthz"} {
		answer, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if want := map[bool]int{true: 503, false: 200}[strings.HasSuffix(url, "readyz")]; answer.StatusCode != want {
			t.Errorf("%s: %s", url, answer.Status)
		}
	}
	p.expectedLines = 3
}
