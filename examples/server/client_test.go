package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// The keys of tokens.demo.
const (
	acme   = "Bearer acme-key"
	globex = "Bearer globex-key"
)

// request is a request of a client. The zero value asks for /invoice as acme.
type request struct {
	method string
	path   string // /invoice
	params url.Values
	header http.Header
	who    string // the header Authorization; "-": none
}

// reply is an answer that was read to its end, or as far as possible.
type reply struct {
	*http.Response
	body string
	err  error // from reading the body
}

// begin sends a request, which ends with ctx, and returns the answer before its body is read.
func (p *program) begin(ctx context.Context, q request) *http.Response {
	p.t.Helper()
	if q.method == "" {
		q.method = http.MethodGet
	}
	if q.path == "" {
		q.path = "/invoice"
	}
	r, err := http.NewRequestWithContext(ctx, q.method, p.url+q.path+"?"+q.params.Encode(), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for name, values := range q.header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	switch q.who {
	case "":
		r.Header.Set("Authorization", acme)
	case "-":
	default:
		r.Header.Set("Authorization", q.who)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// ask sends a request and reads the whole answer.
func (p *program) ask(q request) reply {
	p.t.Helper()
	answer := p.begin(testbed.Context(p.t), q)
	body, err := io.ReadAll(answer.Body)
	return reply{answer, string(body), err}
}

// rows requests rows, which must be complete.
func (p *program) rows(q request) []string {
	p.t.Helper()
	answer := p.ask(q)
	if answer.err != nil || answer.StatusCode != http.StatusOK || answer.Trailer.Get("X-Stream-Status") != "success" {
		p.t.Fatalf("%s %v: %s, %v, trailer %v, %.300s", q.path, q.params, answer.Status, answer.err, answer.Trailer, answer.body)
	}
	return strings.Split(strings.TrimSuffix(answer.body, "\n"), "\n")
}

// wantProblem fails unless the answer is a problem with this status, and reveals no more than a client may know.
func (r reply) wantProblem(t *testing.T, status int, detail string) {
	t.Helper()
	var problem struct {
		Title, Detail string
		Status        int
	}
	if err := json.Unmarshal([]byte(r.body), &problem); err != nil {
		t.Errorf("%s: %v: %.200s", r.Status, err, r.body)
	}
	if r.StatusCode != status || problem.Status != status || problem.Title == "" || problem.Detail != detail ||
		r.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s, %v, %s, want %d %q", r.Status, r.Header, r.body, status, detail)
	}
	for _, secret := range []string{"SELECT", "fraiseql_demo", "v_", "127.0.0.1", "localhost", "reader", "acme", "postgres"} {
		if strings.Contains(r.body, secret) {
			t.Errorf("the answer reveals %q: %s", secret, r.body)
		}
	}
}

// line reads a line of an answer that is not yet complete.
func line(t *testing.T, body *bufio.Reader) string {
	t.Helper()
	text, err := body.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func param(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func accept(mediaType string) http.Header { return http.Header{"Accept": {mediaType}} }
