package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// asCommand in the environment turns this test program into the command itself, so that tests can run it as a process.
const asCommand = "FRAISEQL_WIRE_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// outcome is the result of a run of the program.
type outcome struct {
	status   int
	out, err string
}

// try runs the program in this process.
func try(t *testing.T, args ...string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	status := run(t.Context(), args, streams{in: strings.NewReader(""), out: &out, err: &err})
	return outcome{status, out.String(), err.String()}
}

// execute runs the program as a separate process.
func execute(t *testing.T, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	var out, text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &text
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), text.String()}
}

// oneLine fails unless the program wrote one line to standard error, with all of parts, and nothing to standard output.
func (o outcome) oneLine(t *testing.T, status int, parts ...string) {
	t.Helper()
	if o.status != status || o.out != "" {
		t.Errorf("exit code %d, want %d; standard output %q", o.status, status, o.out)
	}
	if !strings.HasPrefix(o.err, "fraiseql-wire: ") || strings.Count(o.err, "\n") != 1 || !strings.HasSuffix(o.err, "\n") {
		t.Errorf("want one line that begins with fraiseql-wire:, got %q", o.err)
	}
	for _, part := range parts {
		if !strings.Contains(o.err, part) {
			t.Errorf("%q does not contain %q", o.err, part)
		}
	}
}

// No package that is linked into the command writes anything when it is initialized.
func TestStartsSilently(t *testing.T) {
	t.Parallel()
	got := execute(t, "version")
	if got.status != exitDone || got.err != "" || !strings.HasPrefix(got.out, "fraiseql-wire ") {
		t.Errorf("version: exit code %d, standard output %q, standard error %q", got.status, got.out, got.err)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--help"}, {"help"}} {
		got := try(t, args...)
		for _, part := range []string{"stream ", "ping ", "demo ", "version ", "Exit codes"} {
			if got.status != exitDone || !strings.Contains(got.out, part) {
				t.Errorf("%v: exit code %d, %q is not in %q", args, got.status, part, got.out)
			}
		}
	}
}
