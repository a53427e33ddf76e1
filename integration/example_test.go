package integration_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/examples/httpndjson"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// The README's first program prints its rows.
func TestFirstExample(t *testing.T) {
	t.Parallel()
	run := exec.CommandContext(testbed.Context(t), "go", "run", "./examples/first")
	run.Dir = ".."
	run.Env = append(os.Environ(), "DATABASE_URL="+testbed.DSN(t))
	out, err := run.Output()
	want := `{"id": 1, "name": "user 1"}` + "\n" + `{"id": 2, "name": "user 2"}` + "\n" + `{"id": 3, "name": "user 3"}` + "\n"
	if err != nil || string(out) != want {
		t.Errorf("%v, printed %q, want %q", err, out, want)
	}
}

// ndjsonServer serves three entities with one connection, so that a request that left it unusable would be noticed.
func ndjsonServer(t *testing.T) (url, application string) {
	t.Helper()
	dsn, application := testbed.NamedApplication(t, testbed.DSN(t))
	cfg, err := pool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	cfg.MaxConns = 1
	p, err := pool.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	users := func(n string) string {
		return "(SELECT jsonb_build_object('id', g, 'even', g % 2 = 0) AS data FROM (SELECT generate_series(1, " + n +
			") AS g) AS g) AS v_user"
	}
	h := &httpndjson.Handler{
		Pool:   p,
		Logger: slog.New(slog.DiscardHandler),
		Entities: map[string]httpndjson.Entity{
			"user":    {View: users("4"), Filters: map[string]string{"even": "data->'even' = %s::jsonb", "id": "data->>'id' = %s"}},
			"endless": {View: users("(SELECT 1000000000)")},
			"broken": {View: "(SELECT to_json(CASE WHEN g < 3 THEN repeat('x', 9000) ELSE (1 / (g - 3))::text END) AS data " +
				"FROM generate_series(1, 3) AS g) AS v_broken"},
			"missing": {View: "v_that_is_not_there"},
		},
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{entity}", h)
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.Close()
		ctx, stop := context.WithTimeout(context.Background(), testbed.Patience)
		defer stop()
		if err := p.Close(ctx); err != nil {
			t.Errorf("closing the pool: %v", err)
		}
	})
	return server.URL, application
}

func fetch(t *testing.T, ctx context.Context, url string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

func TestHTTPExample(t *testing.T) {
	t.Parallel()
	url, _ := ndjsonServer(t)
	tests := []struct {
		name, path string
		status     int
		want       string
	}{
		{"all", "/user", 200, `{"id": 1, "even": false};{"id": 2, "even": true};{"id": 3, "even": false};{"id": 4, "even": true};`},
		{"a filter", "/user?even=true", 200, `{"id": 2, "even": true};{"id": 4, "even": true};`},
		{"two filters", "/user?even=true&id=4", 200, `{"id": 4, "even": true};`},
		{"a value that is SQL", "/user?id=" + "1%27%20OR%20true--", 200, ""},
		{"an unknown filter", "/user?name=x", 400, ""},
		{"an unknown entity", "/nobody", 404, ""},
		{"a refused statement", "/missing", 500, ""},
		{"and the connection is as good as new", "/user?id=1", 200, `{"id": 1, "even": false};`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer := fetch(t, testbed.Context(t), url+tt.path)
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != tt.status {
				t.Fatalf("status %d, want %d; %v", answer.StatusCode, tt.status, err)
			}
			if got := strings.ReplaceAll(string(body), "\n", ";"); tt.status == 200 && got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A failure behind the first rows breaks the answer off: a client must not take it for the whole.
func TestHTTPExampleBreaksOff(t *testing.T) {
	t.Parallel()
	url, _ := ndjsonServer(t)
	answer := fetch(t, testbed.Context(t), url+"/broken")
	if body, err := io.ReadAll(answer.Body); err == nil || answer.StatusCode != 200 {
		t.Errorf("status %d, %d bytes and no error: the client cannot know that rows are missing", answer.StatusCode, len(body))
	}
}

// A client that goes away ends the query on the server, and the one connection serves the next request.
func TestHTTPExampleCancels(t *testing.T) {
	t.Parallel()
	url, application := ndjsonServer(t)
	ctx, leave := context.WithCancel(testbed.Context(t))
	answer := fetch(t, ctx, url+"/endless")
	if _, err := bufio.NewReader(answer.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	leave()
	testbed.Observe(t, testbed.DSN(t)).WaitNoQuery(application)
	next := fetch(t, testbed.Context(t), url+"/user?id=1")
	if body, err := io.ReadAll(next.Body); err != nil || next.StatusCode != 200 || len(body) == 0 {
		t.Errorf("the next request: status %d, %q, %v", next.StatusCode, body, err)
	}
}
