package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// collector is an OpenTelemetry collector that keeps what it receives.
type collector struct {
	mu   sync.Mutex
	sent []byte
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // an incomplete body fails the test anyway
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, body...)
}

// The program as it is started by a user: it serves, sends its spans, and ends after SIGTERM with exit code 0.
func TestProcess(t *testing.T) {
	t.Parallel()
	demo.In(t, testbed.DSN(t))
	binary := filepath.Join(t.TempDir(), "server")
	if out, err := exec.CommandContext(testbed.Context(t), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	spans := &collector{}
	to := httptest.NewServer(spans)
	defer to.Close()
	cmd := exec.CommandContext(testbed.Context(t), binary, "-listen", "localhost:0", "-admin-listen", "localhost:0",
		"-tokens", "tokens.demo", "-drain-grace", "0")
	cmd.Env = append(os.Environ(), "DATABASE_URL="+testbed.DSN(t), "OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewReader(stderr)
	var listening struct{ Msg, Address string }
	if err := json.Unmarshal([]byte(line(t, log)), &listening); err != nil || listening.Msg != "listening" {
		t.Fatalf("%+v, %v", listening, err)
	}

	p := &program{t: t, url: "http://" + listening.Address}
	const trace = "0af7651916cd43dd8448eb211c80319c"
	p.rows(request{params: param("limit", "1"), header: http.Header{"Traceparent": {"00-" + trace + "-b7ad6b7169203331-01"}}})
	p.ask(request{path: "/nothing", header: http.Header{"Traceparent": {"00-" + trace + "-b7ad6b7169203331-01"}}})
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(log)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ends with %v: %s", err, rest)
	}
	if text := string(rest); strings.Count(text, "request failed") != 1 || strings.Count(text, trace) != 1 ||
		!strings.Contains(text, `"msg":"draining"`) || !strings.Contains(text, `"msg":"closed"`) || strings.Contains(text, "acme-key") {
		t.Errorf("the log says %s", text)
	}
	for _, want := range []string{"\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c", "GET /{view}", "/invoice", "postgresql"} {
		if !strings.Contains(string(spans.sent), want) {
			t.Errorf("no span says %q", want)
		}
	}
}

// If an address is in use, the program ends before it serves. Without an address for operators, the health routes are
// still available to clients.
func TestAddresses(t *testing.T) {
	t.Parallel()
	p := launch(t, func(c *config) { c.adminListen = "" })
	if answer, err := http.Get(p.url + "/readyz"); err != nil || answer.StatusCode != 200 {
		t.Errorf("%v, %v", answer, err)
	}
	if answer := p.ask(request{path: "/metrics"}); answer.StatusCode != 404 {
		t.Errorf("/metrics: %s", answer.Status)
	}
	p.waitFailure()
	cfg := config{listen: p.address, pool: &pool.Config{Conn: testbed.Config(t, testbed.DSN(t))}}
	if _, err := start(testbed.Context(t), cfg, noop.NewTracerProvider(), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("an address has two servers")
	}
}

// With invalid settings the program reports an error and does not start.
func TestProcessRefuses(t *testing.T) {
	t.Parallel()
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "tokens")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no tokens":       {nil, "-tokens: name the file of the clients"},
		"tokens missing":  {[]string{"-tokens", "nowhere"}, "open nowhere: "},
		"a short line":    {[]string{"-tokens", file("# all\n\nacme-key acme\n")}, ":3: want a token, a tenant and a name"},
		"the same token":  {[]string{"-tokens", file("key acme ann\nkey globex gus\n")}, ":2: the token is given twice"},
		"an argument":     {[]string{"-tokens", "tokens.demo", "serve"}, `unknown argument "serve"`},
		"an unknown flag": {[]string{"-port", "1"}, "flag provided but not defined: -port"},
	} {
		if _, err := readConfig(tt.args, io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) ||
			strings.Contains(err.Error(), "key") {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}
