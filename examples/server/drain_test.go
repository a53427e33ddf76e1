package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// waitReady waits until /readyz answers with a status and a text.
func (p *program) waitReady(status int, text string) {
	p.t.Helper()
	testbed.Eventually(p.t, "/readyz says "+text, func() bool {
		answer, err := http.Get(p.admin + "/readyz")
		if err != nil {
			p.t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return err == nil && answer.StatusCode == status && strings.Contains(string(body), text)
	})
}

// When it is told to end, the server first is not ready, still serves until the grace is over, then accepts no
// connections, and ends when the answers in progress have been read.
func TestDrain(t *testing.T) {
	t.Parallel()
	grace := make(chan time.Time)
	p := launchWith(t, func(s *server) { s.after = func(time.Duration) <-chan time.Time { return grace } })
	p.waitReady(200, "ready")
	if answer, err := http.Get(p.url + "/readyz"); err != nil || answer.StatusCode != 200 {
		t.Errorf("for clients: %v, %v", answer, err)
	}
	long := p.begin(testbed.Context(t), request{path: "/long"})
	body := bufio.NewReader(long.Body)
	line(t, body)

	p.terminate()
	p.waitReady(503, "draining")
	p.rows(request{params: param("limit", "1")})
	close(grace)
	testbed.Eventually(t, "no more connections", func() bool {
		c, err := net.Dial("tcp", p.address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	p.waitReady(503, "draining") // operators still see it
	rest, err := io.ReadAll(body)
	if rows := strings.Count(string(rest), "\n"); err != nil || rows != 3999 || long.Trailer.Get("X-Stream-Status") != "success" {
		t.Errorf("%v, %d rows, trailer %v", err, rows, long.Trailer)
	}
}

// Requests that have not ended when the time is over are cancelled, after some rows or before the first one, and
// their clients are told. The server still ends normally.
func TestDrainCutsOff(t *testing.T) {
	t.Parallel()
	p := launch(t, func(c *config) { c.drainTimeout, c.cancelTimeout = time.Millisecond, testbed.Patience })
	reads := p.begin(testbed.Context(t), request{path: "/endless"})
	waits := make(chan reply, 1)
	go func() { waits <- p.ask(request{path: "/asleep"}) }()
	testbed.Eventually(t, "two streams", func() bool { return p.lent() == "2" })

	p.terminate()
	if _, err := io.Copy(io.Discard, reads.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the reader sees %v", err)
	}
	(<-waits).wantProblem(t, 503, "the server is shutting down; another one may answer")
	for _, got := range p.waitFailures(2) {
		if got["level"] != "WARN" || !strings.Contains(got["error"].(string), errDrained.Error()) {
			t.Errorf("the log says %v", got)
		}
	}
}

// A client that does not read cannot be told anything, and does not delay the server.
func TestDrainOfWhoDoesNotRead(t *testing.T) {
	t.Parallel()
	p := launch(t, func(c *config) { c.drainTimeout, c.cancelTimeout = time.Millisecond, time.Millisecond })
	c := p.dial("GET /endless HTTP/1.1\r\nHost: x\r\nAuthorization: " + globex + "\r\n\r\n")
	p.waitHeldBack()
	p.terminate()
	p.waitFailure()
	if got, err := io.ReadAll(c); err == nil && strings.HasSuffix(string(got), "0\r\n\r\n") {
		t.Error("an incomplete answer looks complete")
	}
}
