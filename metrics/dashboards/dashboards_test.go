// Package dashboards_test checks the Grafana dashboard and the Prometheus alert rules of this folder against the
// existing metrics. Tests that need promtool are in package integration.
package dashboards_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// used returns the names of the metrics in a text, without the suffixes of histograms.
func used(text string) []string {
	var names []string
	for _, name := range regexp.MustCompile(`fraiseql_[a-z_]+`).FindAllString(text, -1) {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, suffix)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestNamesExist(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"fraiseql-wire.json", "alerts.yml", "alerts_test.yml"} {
		names := used(read(t, file))
		if len(names) < 5 {
			t.Errorf("%s uses only %v: the test looks in the wrong place", file, names)
		}
		for _, name := range names {
			if !slices.Contains(wiremetrics.Names(), name) {
				t.Errorf("%s uses %s, which is not a metric", file, name)
			}
		}
	}
}

type dashboard struct {
	UID    string
	Panels []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ H, W, X, Y int }
		Targets []struct{ Expr string }
	}
}

func TestDashboardShowsEveryMetric(t *testing.T) {
	t.Parallel()
	text := read(t, "fraiseql-wire.json")
	var d dashboard
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	ids := map[int]string{}
	taken := map[[2]int]string{} // the grid is 24 wide
	for _, p := range d.Panels {
		if other, ok := ids[p.ID]; ok {
			t.Errorf("the panels %q and %q have the same id", p.Title, other)
		}
		ids[p.ID] = p.Title
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("the panel %q shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			shown.WriteString(target.Expr + "\n")
		}
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other, ok := taken[[2]int{x, y}]; ok || x >= 24 {
					t.Fatalf("the panel %q covers %q, or leaves the grid", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
	}
	names := used(shown.String())
	for _, name := range wiremetrics.Names() {
		if !slices.Contains(names, name) {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// Each alert fires in a test of the rules.
func TestAlertsAreTested(t *testing.T) {
	t.Parallel()
	tests := read(t, "alerts_test.yml")
	alerts := regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(read(t, "alerts.yml"), -1)
	if len(alerts) < 10 {
		t.Fatalf("%d alerts: the test looks in the wrong place", len(alerts))
	}
	for _, a := range alerts {
		if !strings.Contains(tests, "alertname: "+a[1]) && !strings.Contains(tests, `alertname="`+a[1]+`"`) {
			t.Errorf("%s is not tested", a[1])
		}
	}
}

// Each alert links to its runbook, which says what to look at and what to do, and there is no runbook without an alert.
func TestAlertsHaveRunbooks(t *testing.T) {
	t.Parallel()
	const page = "https://github.com/fraiseql/fraiseql-wire-go/blob/main/docs/OPERATIONS.md#"
	_, runbooks, _ := strings.Cut(read(t, "../../docs/OPERATIONS.md"), "\n## Alerts\n")
	runbooks, _, _ = strings.Cut(runbooks, "\n## ")
	sections := map[string]string{}
	for _, section := range strings.Split(runbooks, "\n### ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		sections[name] = text
	}
	for _, alert := range strings.Split(read(t, "alerts.yml"), "- alert: ")[1:] {
		name, rule, _ := strings.Cut(alert, "\n")
		if !strings.Contains(rule, "runbook_url: "+page+strings.ToLower(name)+"\n") {
			t.Errorf("%s has no runbook_url that links to its section", name)
		}
		for _, part := range []string{"**Look at**", "**Do**"} {
			if !strings.Contains(sections[name], part) {
				t.Errorf("the runbook of %s has no %s", name, part)
			}
		}
		delete(sections, name)
	}
	for name := range sections {
		t.Errorf("docs/OPERATIONS.md has a runbook for %s, which is not an alert", name)
	}
}
