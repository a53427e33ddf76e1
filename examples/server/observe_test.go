package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// connections returns the number of the server's connections according to the database. It works even after the end
// of the test.
func (p *program) connections() int {
	ctx, stop := context.WithTimeout(context.Background(), testbed.Patience)
	defer stop()
	c, err := conn.Connect(ctx, testbed.DSN(p.t))
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close(ctx)
	s, err := c.QueryArgs(ctx, "SELECT to_json(count(*)) AS data FROM pg_stat_activity WHERE application_name = $1", []any{p.application})
	if err != nil {
		p.t.Fatal(err)
	}
	counts, err := stream.Collect[int](s)
	if err != nil {
		p.t.Fatal(err)
	}
	return counts[0]
}

// failures returns the lines of the log about requests.
func (p *program) failures() (lines []map[string]any) {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	for line := range bytes.Lines(p.log.text.Bytes()) {
		var record map[string]any
		if err := json.Unmarshal(line, &record); err != nil {
			p.t.Errorf("a line of the log: %v: %s", err, line)
		}
		if record["msg"] == "request failed" || record["msg"] == "panic" {
			lines = append(lines, record)
		}
	}
	return lines
}

// waitFailure waits for the line of the only failure.
func (p *program) waitFailure() map[string]any {
	p.t.Helper()
	return p.waitFailures(1)[0]
}

// waitFailures waits for the lines of n failures; in the end there must be no more. A client may receive its answer
// before the line is written.
func (p *program) waitFailures(n int) []map[string]any {
	p.t.Helper()
	testbed.Eventually(p.t, "the lines in the log", func() bool { return len(p.failures()) >= n })
	p.expectedLines = n
	return p.failures()
}

// metric returns the value of the series on the metrics page whose line contains the text.
func (p *program) metric(text string) string {
	p.t.Helper()
	answer, err := http.Get(p.admin + "/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if name, value, _ := strings.Cut(lines.Text(), "} "); strings.Contains(name, text) {
			return value
		}
	}
	return ""
}

// lent returns the number of connections in use.
func (p *program) lent() string {
	p.t.Helper()
	return p.metric(`fraiseql_pool_connections{pool="` + p.application + `",state="acquired"`)
}

// waitSettled waits until no query runs, and all connections are back in the pool.
func (p *program) waitSettled() {
	p.t.Helper()
	p.observer.WaitNoQuery(p.application)
	testbed.Eventually(p.t, "every connection is back", func() bool { return p.lent() == "0" })
}

// waitHeldBack waits until the only query of the server is blocked because its client does not read.
func (p *program) waitHeldBack() {
	p.t.Helper()
	testbed.Eventually(p.t, "a query that is held back", func() bool {
		return string(p.observer.Ask("SELECT to_json(count(*)) AS data FROM pg_stat_activity "+
			"WHERE application_name = $1 AND wait_event = 'ClientWrite'", p.application)) == "1"
	})
}

// dial returns a plain connection to the server, for requests that no HTTP client would send.
func (p *program) dial(send string) net.Conn {
	p.t.Helper()
	c, err := net.Dial("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(testbed.Patience)); err != nil {
		p.t.Fatal(err)
	}
	if _, err := io.WriteString(c, send); err != nil {
		p.t.Fatal(err)
	}
	return c
}

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
