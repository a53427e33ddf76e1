package bench

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The tests that docs/FEATURES.md names for a guarantee must exist.
func TestFeaturesNameTestsThatExist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/FEATURES.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllSubmatch(page, -1)
	if len(named) < 50 {
		t.Fatalf("only %d names on the page: the test does not read it correctly", len(named))
	}
	there := testNames(t)
	for _, n := range named {
		if !there[string(n[1])] {
			t.Errorf("docs/FEATURES.md names %s, which does not exist in any package", n[1])
		}
	}
	if open := regexp.MustCompile(`@\w+@`).Find(page); open != nil {
		t.Errorf("docs/FEATURES.md has no figure for %s", open)
	}
}

// testNames returns the names of the tests and fuzz targets of the whole module.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	names := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, f := range function.FindAllSubmatch(source, -1) {
			names[string(f[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
