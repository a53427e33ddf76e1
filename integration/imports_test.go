package integration_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fraiseql/fraiseql-wire-go"

// mayImport lists for packages of this module which other ones they may import. A package without a list may import
// all.
var mayImport = map[string][]string{
	"errors":     {},
	"chunking":   {},
	"metrics":    {},
	"protocol":   {"errors", "internal/invariants"},
	"stream":     {"errors", "chunking", "metrics", "internal/feed", "internal/ring", "internal/invariants"},
	"query":      {"errors", "stream"},
	"httpstream": {"errors", "stream"},
	"stdlib":     {"errors", "stream", "conn"},
	"conn": {
		"errors", "chunking", "metrics", "protocol", "stream", "internal/argument", "internal/auth", "internal/command",
		"internal/dsn", "internal/feed", "internal/invariants", "internal/link", "internal/pemfiles", "internal/sqltext",
	},
	"pool":                {"conn", "errors", "metrics", "stream", "internal/command", "internal/dsn"},
	"inspect":             {"errors", "pool", "stream"},
	"internal/argument":   {"errors"},
	"internal/auth":       {"errors", "protocol"},
	"internal/command":    {"stream"},
	"internal/dsn":        {"errors"},
	"internal/feed":       {"metrics"},
	"internal/invariants": {},
	"internal/link":       {},
	"internal/pemfiles":   {},
	"internal/ring":       {"internal/invariants"},
	"internal/sqltext":    {},
	"cmd/fraiseql-wire": {
		"conn", "query", "stream", "errors", "metrics", "chunking", "pool", "inspect", "internal/command",
	},
}

// The modules whose code may be part of the library, or only of the command.
var (
	libraryMayLink = []string{
		"github.com/VictoriaMetrics/metrics", "github.com/valyala/fastrand", "github.com/valyala/histogram",
		"github.com/jackc/pgx/v5",
		"github.com/xdg-go/stringprep",
		"golang.org/x/sys", "golang.org/x/text",
	}
	poolMayLink = append(slices.Clone(libraryMayLink),
		"github.com/jackc/puddle/v2", "github.com/cenkalti/backoff/v5", "github.com/sony/gobreaker/v2", "golang.org/x/sync",
	)
	commandMayLink = append(slices.Clone(poolMayLink),
		"github.com/docker/go-units",
		"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/inconshreveable/mousetrap",
		"github.com/schollz/progressbar/v3", "github.com/mitchellh/colorstring", "github.com/rivo/uniseg",
		"golang.org/x/term",
	)
)

type listedPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Module     *struct{ Path string }
	Standard   bool
}

// list runs go list for the patterns, which does not require that the code compiles.
func list(t *testing.T, args ...string) []listedPackage {
	t.Helper()
	return listFor(t, runtime.GOOS, args...)
}

// listFor runs go list for another operating system.
func listFor(t *testing.T, system string, args ...string) []listedPackage {
	t.Helper()
	fields := "-json=ImportPath,Imports,Deps,Module,Standard"
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-e", fields}, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v: %s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var listed []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return listed
		} else if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, p)
	}
}

// room returns the path of a package inside the module; ok is false for packages of other modules.
func room(importPath string) (path string, ok bool) {
	path, _, _ = strings.Cut(importPath, " ") // "p [p.test]" is p, compiled for its test
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

func TestImportOrder(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range list(t, "./...") {
		importer, _ := room(p.ImportPath)
		allowed, ruled := mayImport[importer]
		seen[importer] = true
		for _, i := range p.Imports {
			imported, ours := room(i)
			if !ours {
				continue
			}
			if ruled && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s; it may import %v", importer, imported, allowed)
			}
			if strings.HasPrefix(imported, "integration") && !strings.HasPrefix(importer, "integration") {
				t.Errorf("%s imports %s, which is only for integration", importer, imported)
			}
		}
	}
	for importer, allowed := range mayImport {
		for _, p := range append([]string{importer}, allowed...) {
			if !seen[p] {
				t.Errorf("the rule for %s names %s, which go list does not find", importer, p)
			}
		}
	}
}

// Of pgx only the message codecs are used, even in tests. Its driver is used for comparison, in a separate module.
func TestNothingOfPgxButItsMessages(t *testing.T) {
	t.Parallel()
	const pgx = "github.com/jackc/pgx/v5"
	found := false
	for _, p := range list(t, "-deps", "-test", "./...") {
		path, _, _ := strings.Cut(p.ImportPath, " ")
		if path != pgx && !strings.HasPrefix(path, pgx+"/") {
			continue
		}
		found = found || path == pgx+"/pgproto3"
		if path != pgx+"/pgproto3" && !strings.HasPrefix(path, pgx+"/internal/") {
			t.Errorf("%s is linked", path)
		}
	}
	if !found {
		t.Error("pgproto3 is not among the packages: the test looks in the wrong place")
	}
}

func TestLinkedModules(t *testing.T) {
	t.Parallel()
	for _, target := range []struct {
		name     string
		packages []string
		allowed  []string
	}{
		{"library", []string{"./conn", "./stream", "./query", "./httpstream", "./stdlib", "./protocol", "./metrics", "./chunking", "./errors"},
			libraryMayLink},
		{"pool", []string{"./pool"}, poolMayLink},
		{"inspect", []string{"./inspect"}, poolMayLink},
		{"command", []string{"./cmd/..."}, commandMayLink},
	} {
		t.Run(target.name, func(t *testing.T) {
			t.Parallel()
			seen := map[string]bool{}
			for _, system := range []string{"linux", "windows"} { // the systems with different modules
				for _, p := range listFor(t, system, append([]string{"-deps"}, target.packages...)...) {
					if p.Standard || p.Module == nil || p.Module.Path == module {
						continue
					}
					seen[p.Module.Path] = true
					if !slices.Contains(target.allowed, p.Module.Path) {
						t.Errorf("%s of module %s is linked on %s", p.ImportPath, p.Module.Path, system)
					}
				}
			}
			for _, path := range target.allowed {
				if !seen[path] {
					t.Errorf("%s may be linked, but is not", path)
				}
			}
		})
	}
}

func TestDockertestStaysInIntegration(t *testing.T) {
	t.Parallel()
	found := false
	for _, p := range list(t, "-test", "./...") {
		importer, _ := room(p.ImportPath)
		if !slices.ContainsFunc(p.Deps, func(d string) bool { return strings.HasPrefix(d, "github.com/ory/dockertest") }) {
			continue
		}
		found = true
		if !strings.HasPrefix(importer, "integration") {
			t.Errorf("%s depends on dockertest", importer)
		}
	}
	if !found {
		t.Error("nothing depends on dockertest: the test looks in the wrong place")
	}
}
