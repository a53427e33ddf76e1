package pool_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// A connection string that a page shows can be used as it stands there.
func TestPagesShowConnectionStringsThatParse(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	goesOn := regexp.MustCompile(`\\\n\s*`) // a YAML string on several lines
	uri := regexp.MustCompile("postgres(?:ql)?://[^\\s\"'`|)]+")
	found := 0
	for _, page := range append(pages, "../README.md", "../SECURITY.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, dsn := range uri.FindAllString(goesOn.ReplaceAllString(string(text), ""), -1) {
			if strings.Contains(dsn, "...") || strings.HasSuffix(dsn, "target_session_attrs=") { // the program adds the rest
				continue
			}
			found++
			if _, err := pool.ParseConfig(dsn); err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(page), dsn, err)
			}
		}
	}
	if found < 8 {
		t.Errorf("only %d connection strings in all pages: the test looks in the wrong place", found)
	}
}
