package main

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// dialog sends a text on a plain connection, and reads until the server closes it.
func (p *program) dialog(send string) (answer *http.Response, rest string) {
	p.t.Helper()
	c := bufio.NewReader(p.dial(send))
	answer, err := http.ReadResponse(c, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := c.ReadByte(); err != io.EOF {
		p.t.Errorf("after the answer: %v, want the end of the connection", err)
	}
	return answer, string(body)
}

const get = "GET /invoice?limit=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer acme-key\r\n"

// A request body is refused, even one that is announced and never sent.
func TestBodies(t *testing.T) {
	t.Parallel()
	p := launch(t)
	tests := []struct {
		name, send string
		status     int
	}{
		{"a body", get + "Content-Length: 5\r\n\r\nhello", 400},
		{"a body in chunks", get + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400},
		{"an announced body", get + "Content-Length: 5\r\n\r\n", 400},
		{"announced chunks", get + "Transfer-Encoding: chunked\r\n\r\n", 400},
		{"an announced large body", get + "Content-Length: 999999999\r\n\r\n", 400},
		{"an announced body that waits for permission", get + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n", 400},
		{"another method with an announced body", strings.Replace(get, "GET", "POST", 1) + "Content-Length: 5\r\n\r\n", 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer, body := p.dialog(tt.send)
			if answer.StatusCode != tt.status {
				t.Errorf("%s: %s", answer.Status, body)
			}
		})
	}
	p.expectedLines = len(tests) - 1
}

// Headers above the limit are refused, and so is a URL above it.
func TestHeaderFlood(t *testing.T) {
	t.Parallel()
	p := launch(t)
	for name, send := range map[string]string{
		"one header":   get + "X-Long: " + strings.Repeat("x", 2*maxHeaderBytes) + "\r\n\r\n",
		"many headers": get + strings.Repeat("X-Header: x\r\n", maxHeaderBytes/8) + "\r\n",
		"a URL":        "GET /invoice?where=" + strings.Repeat("x", 2*maxHeaderBytes) + " HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		answer, err := http.ReadResponse(bufio.NewReader(p.dial(send)), nil)
		if err != nil || answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
	}
	p.rows(request{params: param("limit", "1")})
}

// The server closes a connection on which no request is sent, or only part of one.
func TestSlowHeaders(t *testing.T) {
	t.Parallel()
	p := launch(t, func(c *config) { c.readHeaderTimeout = 50 * time.Millisecond })
	for _, send := range []string{"", "GET /invoice HT", get} {
		testbed.EndsAfter(t, "the connection", 40*time.Millisecond, func() {
			got, err := io.ReadAll(p.dial(send))
			if err != nil && !isReset(err) || strings.HasPrefix(string(got), "HTTP/1.1 200") {
				t.Errorf("after %q: %v, %.100q", send, err, got)
			}
		})
	}
	p.waitSettled()
}

// While all connections are in use, clients are told to try again; /readyz has its own connection.
func TestPoolFull(t *testing.T) {
	t.Parallel()
	p := launch(t, func(c *config) { c.pool.MaxConns, c.acquireTimeout = 2, time.Millisecond })
	var long *http.Response
	before := 0 // failures
	testbed.Eventually(t, "a request that has found the only connection in time", func() bool {
		if long = p.begin(testbed.Context(t), request{path: "/endless"}); long.StatusCode != 200 {
			before++
		}
		return long.StatusCode == 200
	})
	answer := p.ask(request{})
	answer.wantProblem(t, 503, "timeout")
	if got := answer.Header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q", got)
	}
	if got := p.waitFailures(before + 1); got[before]["level"] != "ERROR" || got[before]["category"] != "timeout" {
		t.Errorf("the log says %v", got)
	}
	p.waitReady(200, "ready") // once its connection is made
	long.Body.Close()
	p.waitSettled()
	p.expectedLines = before + 2 // and that of the client that went away
}
