package integration_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// The README's first program prints its rows.
func TestFirstExample(t *testing.T) {
	t.Parallel()
	run := exec.CommandContext(testbed.Context(t), "go", "run", "./examples/first")
	run.Dir = ".."
	run.Env = append(os.Environ(), "DATABASE_URL="+testbed.DSN(t))
	out, err := run.Output()
	want := `{"id": 1, "name": "user 1"}` + "\n" + `{"id": 2, "name": "user 2"}` + "\n" + `{"id": 3, "name": "user 3"}` + "\n"
	if err != nil || string(out) != want {
		t.Errorf("%v, printed %q, want %q", err, out, want)
	}
}
