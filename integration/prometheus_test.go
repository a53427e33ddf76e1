package integration_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	vm "github.com/VictoriaMetrics/metrics"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// program returns the path of a program that is installed by a system package.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		testbed.Cannot(t, "needs "+name+": on Debian and Ubuntu, apt-get install --no-install-recommends prometheus")
	}
	return path
}

// dashboards is where the rules and their tests are.
const dashboards = "../metrics/dashboards"

func TestAlertRules(t *testing.T) {
	t.Parallel()
	promtool := program(t, "promtool")
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		cmd := exec.CommandContext(t.Context(), promtool, args...)
		cmd.Dir = dashboards
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// promtool reads the whole page, with labels of every kind. Its remarks on style concern names and units, which are
// fixed, and help texts.
func TestPageWithPromtool(t *testing.T) {
	promtool := program(t, "promtool")
	c := testbed.Connect(t, testbed.DSN(t))
	odd := "odd \" \\ \n ä " + testbed.UniqueEntity(t)
	testbed.Rows(t, testbed.Query(t, c, testbed.Documents(100), stream.WithEntity(odd)))
	for _, metadata := range []bool{false, true} {
		vm.ExposeMetadata(metadata)
		var page bytes.Buffer
		wiremetrics.WritePrometheus(&page)
		vm.ExposeMetadata(false)
		cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
		cmd.Stdin = &page
		out, err := cmd.CombinedOutput()
		var style *exec.ExitError
		if err != nil && !(asExit(err, &style) && style.ExitCode() == 3) {
			t.Errorf("metadata %t: %v\n%s", metadata, err, out)
		}
		known := regexp.MustCompile(`no help text|abbreviated units|counter metrics should have "_total" suffix|` +
			`non-histogram and non-summary metrics should not have|use base unit`)
		for line := range strings.Lines(string(out)) {
			if !known.MatchString(line) {
				t.Errorf("metadata %t: promtool says: %s", metadata, line)
			}
		}
	}
}

func asExit(err error, target **exec.ExitError) bool {
	exit, ok := err.(*exec.ExitError) // os/exec returns it unwrapped
	*target = exit
	return ok
}

// prometheus is a real Prometheus that scrapes this process.
type prometheus struct {
	t    testing.TB
	base string
}

// startPrometheus returns once Prometheus has scraped. It is stopped when the test ends.
func startPrometheus(t *testing.T) *prometheus {
	t.Helper()
	binary := program(t, "prometheus")
	page := httptest.NewServer(wiremetrics.Handler())
	t.Cleanup(page.Close)
	dir := t.TempDir()
	rules, err := filepath.Abs(filepath.Join(dashboards, "alerts.yml"))
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs: [{job_name: wire, static_configs: [{targets: [%q]}]}]
`, rules, strings.TrimPrefix(page.URL, "http://"))
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // only the port number was needed
	cmd := exec.CommandContext(t.Context(), binary, "--config.file="+file,
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--log.level=warn")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // it may have ended
		cmd.Wait()         // it was killed
		if t.Failed() {
			t.Logf("output of prometheus:\n%s", said.String())
		}
	})
	p := &prometheus{t, "http://" + address}
	testbed.Eventually(t, "a prometheus that is ready", func() bool {
		answer, err := http.Get(p.base + "/-/ready") // limited by eventually
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return p
}

// get sends a request to the API; into receives the content of "data".
func (p *prometheus) get(path string, into any) {
	p.t.Helper()
	answer, err := http.Get(p.base + "/api/v1/" + path) // local
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var envelope struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.Unmarshal(body, &envelope); err != nil || envelope.Status != "success" {
		p.t.Fatalf("%s: %v %s", path, err, body)
	}
	if err := json.Unmarshal(envelope.Data, into); err != nil {
		p.t.Fatal(err)
	}
}

// value returns the value of an expression, if that is a single number.
func (p *prometheus) value(expr string) (v float64, ok bool) {
	p.t.Helper()
	var data struct {
		Result []struct{ Value [2]any }
	}
	p.get("query?query="+url.QueryEscape(expr), &data)
	if len(data.Result) != 1 {
		return 0, false
	}
	v, err := strconv.ParseFloat(fmt.Sprint(data.Result[0].Value[1]), 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return v, true
}

// A real Prometheus scrapes the page, understands the buckets, and accepts the rules and every expression of the
// dashboard.
func TestPrometheus(t *testing.T) {
	c, entity := testbed.Connect(t, testbed.DSN(t)), testbed.UniqueEntity(t)
	p := startPrometheus(t)
	testbed.Rows(t, testbed.Query(t, c, testbed.Documents(2000), stream.WithEntity(entity)))
	label := fmt.Sprintf("{job=%q,entity=%q}", "wire", entity)
	testbed.Eventually(t, "a scrape with the rows", func() bool {
		v, ok := p.value("sum(fraiseql_rows_processed_total" + label + ")")
		return ok && v == 2000
	})
	for _, metric := range []string{
		"fraiseql_query_total_duration_ms", "fraiseql_query_startup_duration_ms", "fraiseql_channel_occupancy_rows",
		"fraiseql_chunk_size_rows", "fraiseql_query_bytes_received", "fraiseql_query_rows_processed",
		"fraiseql_stream_buffered_bytes", "fraiseql_chunk_processing_duration_ms", "fraiseql_adaptive_chunk_size",
	} {
		expr := fmt.Sprintf("histogram_quantile(0.5, sum by (le) (%s_bucket%s))", metric, label)
		if v, ok := p.value(expr); !ok || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			t.Errorf("%s gives %v, %t", expr, v, ok)
		}
	}
	// 2000 is in the bucket from 1024 to 4096.
	half := "histogram_quantile(0.5, sum by (le) (fraiseql_query_rows_processed_bucket" + label + "))"
	if v, ok := p.value(half); !ok || v < 1024 || v > 4096 {
		t.Errorf("half of the results have %v rows", v)
	}
	// More rows, another scrape: a rate.
	testbed.Rows(t, testbed.Query(t, c, testbed.Documents(2000), stream.WithEntity(entity)))
	testbed.Eventually(t, "a rate", func() bool {
		v, ok := p.value("sum(rate(fraiseql_rows_processed_total" + label + "[1m]))")
		return ok && v > 0
	})
	testbed.Eventually(t, "a quantile of rates", func() bool {
		v, ok := p.value("histogram_quantile(0.5, sum by (le) " +
			"(rate(fraiseql_query_total_duration_ms_bucket" + label + "[1m])))")
		return ok && v > 0
	})
	p.checkPool(newPool(t, testbed.DSN(t), func(cfg *pool.Config) { cfg.MaxConns = 4 }))
	p.checkDashboard()
	var targets struct {
		ActiveTargets []struct{ Health, LastError string }
	}
	p.get("targets", &targets)
	if len(targets.ActiveTargets) != 1 || targets.ActiveTargets[0].Health != "up" {
		t.Errorf("targets %+v", targets)
	}
	var rules struct {
		Groups []struct {
			Rules []struct{ Name, Health string }
		}
	}
	testbed.Eventually(t, "rules that were evaluated", func() bool {
		p.get("rules", &rules)
		return len(rules.Groups) == 1 && rules.Groups[0].Rules[0].Health != "unknown"
	})
	for _, rule := range rules.Groups[0].Rules {
		if rule.Health != "ok" {
			t.Errorf("the rule %s is %s", rule.Name, rule.Health)
		}
	}
}

// checkPool checks the series of a pool that has lent one of its four connections.
func (p *prometheus) checkPool(lender *pool.Pool) {
	p.t.Helper()
	c, err := lender.Acquire(testbed.Context(p.t))
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Release()
	label := fmt.Sprintf("{pool=%q}", lender.Name())
	saturation := fmt.Sprintf("sum(fraiseql_pool_connections{state=%q,pool=%q}) / sum(fraiseql_pool_max%s)",
		"acquired", lender.Name(), label)
	testbed.Eventually(p.t, "a scrape with the pool's saturation", func() bool {
		v, ok := p.value(saturation)
		return ok && v == 0.25
	})
	waits := "histogram_quantile(0.99, sum by (le) (fraiseql_pool_acquire_duration_ms_bucket" + label + "))"
	if v, ok := p.value(waits); !ok || math.IsNaN(v) || v < 0 {
		p.t.Errorf("%s gives %v, %t", waits, v, ok)
	}
}

// checkDashboard evaluates each expression of the dashboard, with its variables filled in.
func (p *prometheus) checkDashboard() {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(dashboards, "fraiseql-wire.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	var d struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		p.t.Fatal(err)
	}
	fill := strings.NewReplacer("$job", ".*", "$entity", ".*", "$pool", ".*", "$__rate_interval", "1m")
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			var any struct{ Result []json.RawMessage }
			p.get("query?query="+url.QueryEscape(fill.Replace(target.Expr)), &any)
		}
	}
}
