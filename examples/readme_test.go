// Package examples_test holds the documentation to the code: what a page shows in Go is code that compiles, and what it
// links to is there.
package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// pages returns the documents for users.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"}
	guides, err := filepath.Glob(filepath.Join("..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range guides {
		names = append(names, filepath.Join("docs", filepath.Base(g)))
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.ToSlash(name)] = string(text)
	}
	return texts
}

// compiled returns the files that the pages may quote: the examples of the packages, and the programs below this
// directory.
func compiled(t *testing.T) map[string]string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"../*/example_test.go", "*/*.go", "*/*/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	texts := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = "\n" + level(string(text)) + "\n"
	}
	return texts
}

// level removes the indentation and the blank lines: a page shows code without the function around it.
func level(code string) string {
	var lines []string
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

func TestPagesQuoteCompiledCode(t *testing.T) {
	t.Parallel()
	sources := compiled(t)
	if len(sources) < 5 {
		t.Fatalf("only %d files of examples: the test searches the wrong directory", len(sources))
	}
	block := regexp.MustCompile("(?ms)^```go\n(.*?)^```$")
	blocks := 0
	for name, text := range pages(t) {
		for _, match := range block.FindAllStringSubmatch(text, -1) {
			blocks++
			code := "\n" + level(match[1]) + "\n"
			found := foreign(t, code)
			for _, source := range sources {
				found = found || strings.Contains(source, code)
			}
			if !found {
				t.Errorf("%s: this block is not in any example; add it to an Example function, or quote one:\n%s", name, match[1])
			}
		}
	}
	if blocks < 10 {
		t.Errorf("only %d blocks of Go in all pages: the test does not parse them correctly", blocks)
	}
}

// foreign reports whether code imports a module that this one does not require, so that it cannot be compiled here.
func foreign(t *testing.T, code string) bool {
	t.Helper()
	own, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, imported := range regexp.MustCompile(`(?m)^import .*"(\w+\.\w+/[^/"]+/[^/"]+)`).FindAllStringSubmatch(code, -1) {
		if !strings.Contains(string(own), imported[1]) {
			return true
		}
	}
	return false
}

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)
	code := regexp.MustCompile("(?ms)^```.*?^```$|`[^`\n]+`")
	for name, text := range pages(t) {
		text = code.ReplaceAllString(text, "")
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target := match[1]
			if strings.Contains(target, "://") {
				continue
			}
			path := filepath.Join("..", filepath.Dir(name), target)
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s links to %s, which does not exist", name, target)
			}
		}
	}
}

// Every metric and every keyword has its line, and no page mentions one that does not exist.
func TestPagesAreComplete(t *testing.T) {
	t.Parallel()
	all := pages(t)
	metrics := all["docs/METRICS.md"]
	for _, name := range wiremetrics.Names() {
		if !strings.Contains(metrics, "| `"+name+"` |") {
			t.Errorf("docs/METRICS.md has no line for %s", name)
		}
	}
	for _, name := range regexp.MustCompile("(?m)^\\| `(fraiseql_[a-z_]+)`").FindAllStringSubmatch(metrics, -1) {
		if !slices.Contains(wiremetrics.Names(), name[1]) {
			t.Errorf("docs/METRICS.md has a line for %s, which is not a metric", name[1])
		}
	}
	source, err := os.ReadFile("../internal/dsn/keywords.go")
	if err != nil {
		t.Fatal(err)
	}
	keywords := regexp.MustCompile(`\{Name: "(\w+)"(?:, Variable: "(\w+)")?`).FindAllStringSubmatch(string(source), -1)
	if len(keywords) < 40 {
		t.Fatalf("only %d keywords in internal/dsn/keywords.go: the test does not parse it correctly", len(keywords))
	}
	for _, k := range keywords {
		for _, word := range k[1:] {
			if word != "" && !strings.Contains(all["docs/CONNECTING.md"], "`"+word+"`") {
				t.Errorf("docs/CONNECTING.md does not mention %s", word)
			}
		}
	}
	options, err := os.ReadFile("../stream/options.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range regexp.MustCompile(`(?m)^func (With\w+)\(`).FindAllStringSubmatch(string(options), -1) {
		if !strings.Contains(all["README.md"], "| `"+o[1]+"(") {
			t.Errorf("README.md has no line for %s", o[1])
		}
	}
}

func TestLinesFitAScreen(t *testing.T) {
	t.Parallel()
	for name, text := range pages(t) {
		fenced := false
		for i, line := range slices.Collect(strings.Lines(text)) {
			line = strings.TrimSuffix(line, "\n")
			fenced = fenced != strings.HasPrefix(line, "```")
			if len([]rune(line)) > 130 && !fenced && !strings.HasPrefix(line, "|") {
				t.Errorf("%s:%d is %d characters long", name, i+1, len([]rune(line)))
			}
		}
	}
}
