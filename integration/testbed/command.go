package testbed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// buildCommand builds the command fraiseql-wire in a folder that is removed when all tests have ended.
func (b *bed) buildCommand() (path string, err error) {
	folder, err := os.MkdirTemp("", "fraiseql-wire-")
	if err != nil {
		return "", err
	}
	b.atEnd(func() error { return os.RemoveAll(folder) })
	path = filepath.Join(folder, "fraiseql-wire.exe")
	build := exec.Command("go", "build", "-o", path, "github.com/fraiseql/fraiseql-wire-go/cmd/fraiseql-wire")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
}

// Command is a run of the command fraiseql-wire.
type Command struct {
	*exec.Cmd
	Out *bufio.Reader // standard output, through a pipe
	In  io.Closer     // the read end of the pipe of Out
	Log *bytes.Buffer // standard error; read it after the command has ended
}

// NewCommand returns a command that has not been started. It is killed when the test ends.
func NewCommand(t *testing.T, dsn string, args ...string) *Command {
	t.Helper()
	path, err := shared.command()
	if err != nil {
		t.Fatal(err)
	}
	p := &Command{Cmd: exec.CommandContext(Context(t), path, args...), Log: &bytes.Buffer{}}
	p.Env = append(os.Environ(), "DATABASE_URL="+dsn)
	p.Stderr = p.Log
	return p
}

// Start starts the command with standard output in a pipe.
func (p *Command) Start(t *testing.T) *Command {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stdout, p.Out, p.In = w, bufio.NewReader(r), r
	t.Cleanup(func() { r.Close() })
	err = p.Cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Line reads the next row.
func (p *Command) Line(t *testing.T) string {
	t.Helper()
	line, err := p.Out.ReadString('\n')
	if err != nil {
		t.Fatalf("reading a row: %v; standard error: %s", err, p.Log)
	}
	return line
}

// Exits waits for the end of the command, and checks its exit code.
func (p *Command) Exits(t *testing.T, want int) {
	t.Helper()
	err := p.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := p.ProcessState.ExitCode(); got != want {
		t.Errorf("exit code %d, want %d; standard error: %s", got, want, p.Log)
	}
}

// Output runs the command to its end, checks its exit code, and returns what it wrote.
func (p *Command) Output(t *testing.T, status int) (out, log string) {
	t.Helper()
	var buf bytes.Buffer
	p.Stdout = &buf
	if err := p.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.Exits(t, status)
	return buf.String(), p.Log.String()
}
