package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Report holds all events of one run of the program.
type Report struct {
	Machine Machine  `json:"machine"`
	Rounds  int      `json:"rounds"`
	Scale   float64  `json:"scale"` // of rows and repetitions
	Events  []*Event `json:"events"`
}

// Write creates name.json, name.txt, name.md and a chart for every event in dir.
func (r *Report) Write(dir, name string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	samples, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	for ending, content := range map[string]string{
		".json": string(samples) + "\n", ".txt": r.Text(), ".md": r.Markdown(name),
	} {
		if err := os.WriteFile(filepath.Join(dir, name+ending), []byte(content), 0o644); err != nil {
			return err
		}
	}
	for _, e := range r.Events {
		if err := e.draw(filepath.Join(dir, chartName(name, e))); err != nil {
			return fmt.Errorf("chart of %s: %w", e.Name, err)
		}
	}
	return nil
}

func chartName(name string, e *Event) string { return name + "-" + e.Name + ".svg" }

// Text returns the report for a terminal.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", strings.Join(r.lines(), "\n"))
	for _, e := range r.Events {
		fmt.Fprintf(&b, "\n%s: %s\n%s\n%s%s", e.Name, e.Title, e.ratioOf(), text(e.Table()), e.failures())
	}
	return b.String()
}

// Markdown returns the same in Markdown, with charts.
func (r *Report) Markdown(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", name)
	for _, line := range r.lines() {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	for _, e := range r.Events {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n%s.\n\n%s\n![%s](%s)\n%s", e.Name, e.Title, upper(e.ratioOf()),
			markdown(e.Table()), e.Name, chartName(name, e), e.failures())
	}
	fmt.Fprintf(&b, "\n## contestants\n\n%s", r.contestants())
	return b.String()
}

func (r *Report) lines() []string {
	return append(r.Machine.lines(), fmt.Sprintf("rounds: %d, interleaved, at scale %g", r.Rounds, r.Scale))
}

// failures returns a line for every contestant that failed.
func (e *Event) failures() string {
	var b strings.Builder
	for _, entry := range e.Entries {
		if entry.Failure != "" {
			fmt.Fprintf(&b, "\n%s failed: %s\n", entry.Name, entry.Failure)
		}
	}
	return b.String()
}

// contestants returns one line for each contestant, in the order of their first appearance.
func (r *Report) contestants() string {
	var b strings.Builder
	seen := map[string]bool{}
	for _, e := range r.Events {
		for _, entry := range e.Entries {
			if !seen[entry.Name] && entry.About != "" {
				seen[entry.Name] = true
				fmt.Fprintf(&b, "- `%s`: %s\n", entry.Name, entry.About)
			}
		}
	}
	return b.String()
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
