package testbed

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// Psql returns the path of the program psql. Without it the test cannot run.
func Psql(t testing.TB) string {
	t.Helper()
	if path, err := exec.LookPath("psql"); err == nil {
		return path
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/psql")
	if err != nil || len(found) == 0 {
		Cannot(t, "needs the program psql: install postgresql-client")
	}
	return found[len(found)-1]
}
