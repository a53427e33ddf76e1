// Package docs_test checks what can be checked about the pages without a server. Package examples tests that their Go
// code is compiled.
package docs_test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// pages returns the documents for users, by their paths in the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	guides, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, name := range append(guides, "../README.md", "../SECURITY.md", "../CONTRIBUTING.md", "../CHANGELOG.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[path.Join("docs", filepath.ToSlash(name))] = string(text)
	}
	return texts
}

// prose returns a page without its code blocks.
func prose(page string) string {
	return regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(page, "")
}

// anchor returns GitHub's anchor of a heading.
func anchor(heading string) string {
	heading = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(strings.ToLower(heading), "$1")
	return strings.ReplaceAll(regexp.MustCompile(`[^\pL\pN_ -]`).ReplaceAllString(heading, ""), " ", "-")
}

// A link with an anchor leads to one of the page's headings.
func TestAnchorsLeadSomewhere(t *testing.T) {
	t.Parallel()
	all := pages(t)
	places := map[string]map[string]bool{}
	for name, page := range all {
		places[name] = map[string]bool{}
		for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(prose(page), -1) {
			places[name][anchor(heading[1])] = true
		}
	}
	found := 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, link := range regexp.MustCompile(`\]\(([^)#:\s]*)#([^)]+)\)`).FindAllStringSubmatch(prose(all[name]), -1) {
			target := name
			if link[1] != "" {
				target = path.Join(path.Dir(name), link[1])
			}
			if in, known := places[target]; known {
				found++
				if !in[link[2]] {
					t.Errorf("%s links to #%s of %s, where there is no such heading", name, link[2], target)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d links to headings: the test looks in the wrong place", found)
	}
}

// A connection string on a page can be parsed as shown.
func TestConnectionStringsParse(t *testing.T) {
	t.Parallel()
	goesOn := regexp.MustCompile(`\\\n\s*`) // a YAML string on several lines
	uri := regexp.MustCompile("postgres(?:ql)?://[^\\s\"'`|)]+")
	found := 0
	for name, page := range pages(t) {
		for _, dsn := range uri.FindAllString(goesOn.ReplaceAllString(page, ""), -1) {
			if strings.Contains(dsn, "...") || strings.HasSuffix(dsn, "target_session_attrs=") { // the program adds the rest
				continue
			}
			found++
			if _, err := pool.ParseConfig(dsn); err != nil {
				t.Errorf("%s: %s: %v", name, dsn, err)
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d connection strings in all pages: the test looks in the wrong place", found)
	}
}
