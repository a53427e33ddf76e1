package pgserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// programs is a folder with initdb and postgres of one version.
type programs struct {
	dir     string
	version string
}

// programPlaces are the folders in which packages install the programs of several versions.
var programPlaces = []string{
	"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                   // Red Hat, from postgresql.org
	"/usr/libexec/postgresql*",                           // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew
	"/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
	"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
	"/usr/local/pgsql/bin",                               // built from source
	"/usr/lib/postgresql*/bin", "/opt/postgresql/*/bin",  // others
}

var versionNumber = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// fromPrograms starts those of the versions that are installed here, or else the newest installed one.
func fromPrograms(ctx context.Context, versions []string, log io.Writer) ([]*Server, error) {
	installed := findPrograms(ctx)
	if len(installed) == 0 {
		return nil, errors.New("no initdb in PATH or in the places where packages put it")
	}
	var chosen []string
	for _, v := range versions {
		if _, ok := installed[v]; ok {
			chosen = append(chosen, v)
		}
	}
	if len(chosen) == 0 {
		chosen = []string{newest(installed)}
	}
	servers, err := startEach(chosen, func(version string) (*Server, error) {
		return startPrograms(ctx, installed[version])
	})
	if err != nil && len(servers) > 0 {
		fmt.Fprintf(log, "pgserver: %s\n", oneLine(err))
	}
	return servers, err
}

// findPrograms returns the installed programs, by version. PATH has precedence.
func findPrograms(ctx context.Context) map[string]programs {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, pattern := range programPlaces {
		found, err := filepath.Glob(pattern)
		if err == nil {
			dirs = append(dirs, found...)
		}
	}
	installed := map[string]programs{}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
		match := versionNumber.FindSubmatch(out)
		if err != nil || match == nil {
			continue
		}
		version := string(match[1])
		if _, ok := installed[version]; !ok {
			installed[version] = programs{dir, version}
		}
	}
	return installed
}

func newest(installed map[string]programs) string {
	versions := make([]string, 0, len(installed))
	for v := range installed {
		versions = append(versions, v)
	}
	return slices.MaxFunc(versions, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Compare(x, y)
	})
}
