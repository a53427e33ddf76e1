package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/bench/peers/measure"
)

func TestSpreadOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		values []float64
		want   Spread
		ok     bool
	}{
		{"none", nil, Spread{}, false},
		{"one", []float64{3}, Spread{3, 3, 3}, true},
		{"odd", []float64{9, 1, 5}, Spread{5, 1, 9}, true},
		{"even: mean of the middle two", []float64{8, 1, 2, 4}, Spread{3, 1, 8}, true},
	} {
		if got, ok := spreadOf(test.values); got != test.want || ok != test.ok {
			t.Errorf("%s: %v %v, want %v %v", test.name, got, ok, test.want, test.ok)
		}
	}
}

// cpu returns rounds with these CPU times; a negative one means that the run failed.
func cpu(rounds ...float64) []measure.Figures {
	var list []measure.Figures
	for _, v := range rounds {
		var f measure.Figures
		if v >= 0 {
			f = measure.Figures{measure.CPUPerRow: v}
		}
		list = append(list, f)
	}
	return list
}

func event() *Event {
	return &Event{Name: "long", Title: "Long result", Main: measure.CPUPerRow, Base: "bare", Entries: []*Entry{
		{Name: "bare", About: "the base", Rounds: cpu(100, 200, 400)},
		{Name: "pgx", About: "a driver", Rounds: cpu(200, 300, 1200)},
		{Name: "broken", Rounds: cpu(-1, -1, -1), Failure: "no such table"},
	}}
}

func TestRatioIsTakenInsideARound(t *testing.T) {
	t.Parallel()
	e := event()
	// The ratio of the medians would be 1.5.
	if got, ok := e.Ratio(e.Entries[1]); !ok || got != (Spread{2, 1.5, 3}) {
		t.Errorf("ratio %v %v", got, ok)
	}
	e.Entries[0].Rounds = cpu(-1, 200, 400)
	if got, _ := e.Ratio(e.Entries[1]); got != (Spread{2.25, 1.5, 3}) {
		t.Errorf("a round without a base counts: %v", got)
	}
	if _, ok := e.Ratio(e.Entries[2]); ok {
		t.Error("a contestant that never ran has a ratio")
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	want := [][]string{
		{"contestant", "ratio", "min", "max", "CPU per row"},
		{"bare", "1.00", "1.00", "1.00", "200 ns"},
		{"pgx", "2.00", "1.50", "3.00", "300 ns"},
		{"broken", "-", "-", "-", "-"},
	}
	if diff := cmp.Diff(want, event().Table()); diff != "" {
		t.Error(diff)
	}
	if got, want := markdown(want[:2]), "| contestant | ratio | min | max | CPU per row |\n"+
		"| --- | ---: | ---: | ---: | ---: |\n| bare | 1.00 | 1.00 | 1.00 | 200 ns |\n"; got != want {
		t.Errorf("markdown:\n%s\nwant\n%s", got, want)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		figure measure.Figure
		value  float64
		want   string
	}{
		{measure.CPUPerRow, 12.34, "12.3 ns"},
		{measure.P99, 43_210, "43.2 µs"},
		{measure.NextAnswer, 5.2e9, "5.20 s"},
		{measure.PeakRSS, 12.5 * 1024 * 1024, "12.5 MiB"},
		{measure.AllocsPerRow, 0, "0"},
		{measure.AllocsPerRow, 0.00012, "1.2e-04"},
		{measure.AllocsPerRow, 3, "3.00"},
	} {
		if got := format(test.figure, test.value); got != test.want {
			t.Errorf("%s %v: %q, want %q", test.figure, test.value, got, test.want)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := &Report{Machine: ThisMachine("no such program"), Rounds: 3, Events: []*Event{event()}}
	if err := r.Write(dir, "quick"); err != nil {
		t.Fatal(err)
	}
	for file, part := range map[string]string{
		"quick.json":     `"cpu_ns_per_row": 1200`,
		"quick.txt":      "broken failed: no such table",
		"quick.md":       "![long](quick-long.svg)",
		"quick-long.svg": "</svg>",
	} {
		content, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || !strings.Contains(string(content), part) {
			t.Errorf("%s: error %v, or %q is not in it", file, err, part)
		}
	}
	content, _ := os.ReadFile(filepath.Join(dir, "quick.json"))
	var back Report
	if err := json.Unmarshal(content, &back); err != nil || len(back.Events[0].Entries) != 3 {
		t.Errorf("the JSON cannot be read back: %v", err)
	}
}
