package integration_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

const problemType = "application/problem+json"

func TestHTTPStreamAnswers(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"application/x-ndjson": "{\"id\": 1}\n{\"id\": 2}\n",
		"application/json":     "[{\"id\": 1},{\"id\": 2}]\n",
		"text/event-stream":    "data: {\"id\": 1}\n\ndata: {\"id\": 2}\n\nevent: end\ndata: {\"rows\":2}\n\n",
	}
	overProtocols(t, func(t *testing.T, protocol string) {
		s := newWeb(t, protocol, testbed.Documents(2), httpstream.Options{})
		for accept, want := range bodies {
			answer, body, err := s.get(t, accept)
			if diff := cmp.Diff(want, body); err != nil || diff != "" || answer.Proto != protocol || answer.StatusCode != 200 {
				t.Errorf("%s: %s, %s, %v (-want +got):\n%s", accept, answer.Proto, answer.Status, err, diff)
			}
			if got := answer.Header.Get("Content-Type"); got != accept {
				t.Errorf("%s: Content-Type %q", accept, got)
			}
			trailer := http.Header{"X-Rows": {"2"}, "X-Stream-Status": {"success"}}
			if protocol == "HTTP/1.0" {
				trailer = nil
			}
			if diff := cmp.Diff(trailer, answer.Trailer); diff != "" || answer.Header.Get("X-Rows") != "" {
				t.Errorf("%s: trailer (-want +got):\n%s", accept, diff)
			}
			if err := <-s.served; err != nil {
				t.Error(err)
			}
		}
	})
}

// A failure before the first row has its own status: in Query, in the stream, and if no format is acceptable.
func TestHTTPStreamRefuses(t *testing.T) {
	t.Parallel()
	overProtocols(t, func(t *testing.T, protocol string) {
		for name, tt := range map[string]struct {
			sql, accept string
			status      int
			want        string
		}{
			"no table": {"SELECT data FROM secret_table", "", 404,
				`{"title":"Not Found","status":404,"detail":"server","category":"server","code":"42P01"}`},
			"division": {"SELECT to_json(1 / (g - 1)) AS data FROM generate_series(1, 2) AS g", "", 400,
				`{"title":"Bad Request","status":400,"detail":"division by zero","category":"server","code":"22012"}`},
			"not acceptable": {testbed.Numbered(testbed.Endless, 100), "image/png", 406, `{"title":"Not Acceptable","status":406,` +
				`"detail":"this resource is available as application/x-ndjson, application/json or text/event-stream","category":"usage"}`},
		} {
			s := newWeb(t, protocol, tt.sql, httpstream.Options{})
			answer, body, err := s.get(t, tt.accept)
			if diff := cmp.Diff(tt.want, body); err != nil || diff != "" || answer.StatusCode != tt.status {
				t.Errorf("%s: %s, %v (-want +got):\n%s", name, answer.Status, err, diff)
			}
			if got := answer.Header.Get("Content-Type"); got != problemType {
				t.Errorf("%s: Content-Type %q", name, got)
			}
			s.observer.WaitNoQuery(s.application)
		}
	})
}

// breaksAtThree is a statement for two rows and an error.
const breaksAtThree = "SELECT to_json(CASE WHEN g < 3 THEN repeat('x', 9000) ELSE (1 / (g - 3))::text END) AS data " +
	"FROM (SELECT generate_series(1, 3) AS g) AS g"

// A response that fails after its first row does not end like a complete one. In HTTP/1.0 the two cannot be
// distinguished.
func TestHTTPStreamBreaksOff(t *testing.T) {
	t.Parallel()
	overProtocols(t, func(t *testing.T, protocol string) {
		s := newWeb(t, protocol, breaksAtThree, httpstream.Options{Format: httpstream.NDJSON})
		answer, body, err := s.get(t, "")
		if answer.StatusCode != 200 || strings.Count(body, "\n") > 2 {
			t.Errorf("%s, %d bytes", answer.Status, len(body))
		}
		switch protocol {
		case "HTTP/1.1":
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the client gets %v", err)
			}
		case "HTTP/2.0":
			if err == nil || !strings.Contains(err.Error(), "stream error") {
				t.Errorf("the client gets %v", err)
			}
		}
		if err := <-s.served; testbed.SQLState(err) != "22012" {
			t.Error(err)
		}
	})
}

func TestHTTPStreamTells(t *testing.T) {
	t.Parallel()
	overProtocols(t, func(t *testing.T, protocol string) {
		for format, prefix := range map[httpstream.Format]string{
			httpstream.NDJSON: `{"error":{"title":"Bad Request",`, httpstream.SSE: "event: error\ndata: {\"title\":\"Bad Request\",",
		} {
			s := newWeb(t, protocol, breaksAtThree, httpstream.Options{Format: format, OnFailure: httpstream.Tell})
			answer, body, err := s.get(t, "")
			if err != nil || strings.Count(body, "xxx\"\n") != 2 || !strings.Contains(body, "\n"+prefix) {
				t.Errorf("%v: %v, %d bytes", format, err, len(body))
			}
			if protocol != "HTTP/1.0" && answer.Trailer.Get("X-Stream-Status") != "error" {
				t.Errorf("%v: trailer %v", format, answer.Trailer)
			}
		}
	})
}

// MaxRows ends the response and the query.
func TestHTTPStreamMaxRows(t *testing.T) {
	t.Parallel()
	overProtocols(t, func(t *testing.T, protocol string) {
		s := newWeb(t, protocol, testbed.Numbered(testbed.Endless, 5), httpstream.Options{MaxRows: 2})
		answer, body, err := s.get(t, "")
		if diff := cmp.Diff("\"001\"\n\"002\"\n", body); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if protocol != "HTTP/1.0" && answer.Trailer.Get("X-Has-More") != "true" {
			t.Errorf("trailer %v", answer.Trailer)
		}
		s.observer.WaitNoQuery(s.application)

		whole := newWeb(t, protocol, testbed.Documents(2), httpstream.Options{MaxRows: 2})
		if answer, _, err := whole.get(t, ""); err != nil || answer.Trailer.Get("X-Has-More") != "" {
			t.Errorf("%v, trailer %v", err, answer.Trailer)
		}
	})
}

func TestHTTPStreamHead(t *testing.T) {
	t.Parallel()
	overProtocols(t, func(t *testing.T, protocol string) {
		s := newWeb(t, protocol, testbed.Numbered(testbed.Endless, 100), httpstream.Options{})
		answer := s.ask(t, testbed.Context(t), "HEAD", "application/json")
		if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s, %v", answer.Status, answer.Header)
		}
		s.observer.WaitNoQuery(s.application)
	})
}

// A client that disconnects ends its query, even one in which the server is silent.
func TestHTTPStreamClientGoesAway(t *testing.T) {
	t.Parallel()
	overProtocols(t, func(t *testing.T, protocol string) {
		for name, sql := range map[string]string{"rows": testbed.Numbered(testbed.Endless, 1000), "silence": testbed.Sleepy(5, 3)} {
			s := newWeb(t, protocol, sql, httpstream.Options{})
			ctx, leave := context.WithCancel(testbed.Context(t))
			answer := s.ask(t, ctx, "GET", "")
			if _, err := bufio.NewReader(answer.Body).ReadString('\n'); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			leave()
			answer.Body.Close()
			s.observer.WaitNoQuery(s.application)
			if err := <-s.served; err == nil {
				t.Errorf("%s: no error for the log", name)
			}
		}
	})
}

// The client has the rows that have arrived while the server holds the next one back.
func TestHTTPStreamFlushes(t *testing.T) {
	t.Parallel()
	overProtocols(t, func(t *testing.T, protocol string) { checkFlushes(t, protocol) })
}

// checkFlushes fails unless the client has the rows that have arrived while the server holds the next one back.
func checkFlushes(t *testing.T, protocol string, wrap ...func(http.Handler) http.Handler) *http.Response {
	t.Helper()
	b := testbed.Observe(t, testbed.DSN(t)).Raise()
	s := newWeb(t, protocol, testbed.Numbered(30, 1000)+b.Behind(24), httpstream.Options{}, wrap...)
	answer := s.ask(t, testbed.Context(t), "GET", "")
	lines := bufio.NewReader(answer.Body)
	for n := 1; n <= 30; n++ {
		line, err := lines.ReadString('\n')
		if err != nil || testbed.Number([]byte(strings.TrimSuffix(line, "\n"))) != n {
			t.Fatalf("row %d: %.20s, %v", n, line, err)
		}
		if n == 16 { // the rows in a piece of 8 KB, as the server sends them
			b.Open()
		}
	}
	return answer
}

// A client that does not read holds the database back.
func TestHTTPStreamSlowReader(t *testing.T) {
	t.Parallel()
	overProtocols(t, func(t *testing.T, protocol string) {
		s := newWeb(t, protocol, testbed.Numbered(testbed.Endless, 1000), httpstream.Options{})
		ctx, leave := context.WithCancel(testbed.Context(t))
		answer := s.ask(t, ctx, "GET", "")
		s.observer.WaitHeldBack(backendOf(t, answer))
		leave()
		s.observer.WaitNoQuery(s.application)
	})
}

// http.TimeoutHandler holds a response back, so that nothing of a late one, or one that fails, is sent.
func TestHTTPStreamTimeoutHandler(t *testing.T) {
	t.Parallel()
	within := func(d time.Duration) func(http.Handler) http.Handler {
		return func(h http.Handler) http.Handler { return http.TimeoutHandler(h, d, "late") }
	}
	s := newWeb(t, "HTTP/1.1", testbed.Documents(2), httpstream.Options{}, within(testbed.Patience))
	if answer, body, err := s.get(t, ""); err != nil || answer.StatusCode != 200 || body != "{\"id\": 1}\n{\"id\": 2}\n" {
		t.Errorf("in time: %s, %q, %v", answer.Status, body, err)
	}
	s = newWeb(t, "HTTP/1.1", testbed.Sleepy(5, 3), httpstream.Options{}, within(time.Second))
	if answer, body, err := s.get(t, ""); err != nil || answer.StatusCode != 503 || body != "late" {
		t.Errorf("late: %s, %.20q, %v", answer.Status, body, err)
	}
	s.observer.WaitNoQuery(s.application)
	s = newWeb(t, "HTTP/1.1", breaksAtThree, httpstream.Options{}, within(testbed.Patience))
	if answer, err := s.Get(s.url); err == nil {
		t.Errorf("of a response that failed: %s", answer.Status)
		answer.Body.Close()
	}
}

// With a middleware without Unwrap, only a panic can abort the response.
func TestHTTPStreamWithoutUnwrap(t *testing.T) {
	t.Parallel()
	s := newWeb(t, "HTTP/1.1", breaksAtThree, httpstream.Options{}, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(struct{ http.ResponseWriter }{w}, r) })
	})
	if _, _, err := s.get(t, ""); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the client gets %v", err)
	}
	s.observer.WaitNoQuery(s.application)
}

func TestHTTPStreamCurl(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		testbed.Cannot(t, "curl is not installed")
	}
	for name, tt := range map[string]struct {
		sql, accept, want string
		status            int // exit status of curl: 18 is CURLE_PARTIAL_FILE, 22 CURLE_HTTP_RETURNED_ERROR
	}{
		"whole":   {testbed.Documents(2), "application/json", "[{\"id\": 1},{\"id\": 2}]\n", 0},
		"broken":  {breaksAtThree, "*/*", "", 18},
		"refused": {"SELECT data FROM missing_table", "*/*", "", 22},
	} {
		s := newWeb(t, "HTTP/1.1", tt.sql, httpstream.Options{})
		run := exec.CommandContext(testbed.Context(t), curl, "--silent", "--fail", "--noproxy", "*", "--header", "Accept: "+tt.accept, s.url)
		out, err := run.Output()
		if run.ProcessState.ExitCode() != tt.status || tt.want != "" && string(out) != tt.want {
			t.Errorf("%s: %v, %.60q", name, err, out)
		}
	}
}

// The error that Serve returns has a category for logs, which tells that the client has disconnected.
func TestHTTPStreamTellsTheLog(t *testing.T) {
	t.Parallel()
	s := newWeb(t, "HTTP/1.1", testbed.Sleepy(5, 3), httpstream.Options{})
	ctx, leave := context.WithCancel(testbed.Context(t))
	answer := s.ask(t, ctx, "GET", "")
	s.observer.WaitEvent(backendOf(t, answer), "PgSleep")
	leave()
	if err := <-s.served; werr.CategoryOf(err) != werr.CategoryCancelled {
		t.Errorf("category %s: %v", werr.CategoryOf(err), err)
	}
}
