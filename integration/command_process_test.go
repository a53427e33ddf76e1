package integration_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// commandPath is the command, built once.
var commandPath = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fraiseql-wire-")
	if err != nil {
		return "", err
	}
	bed.atEnd(func() error { return os.RemoveAll(dir) })
	path := filepath.Join(dir, "fraiseql-wire.exe")
	build := exec.Command("go", "build", "-o", path, "./cmd/fraiseql-wire")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
})

// commandProcess is a run of the command.
type commandProcess struct {
	*exec.Cmd
	out *bufio.Reader // standard output, through a pipe
	in  io.Closer     // its reading end
	log *bytes.Buffer // standard error; read it after the end
}

func startable(t *testing.T, dsn string, args ...string) *commandProcess {
	t.Helper()
	path, err := commandPath()
	if err != nil {
		t.Fatal(err)
	}
	p := &commandProcess{Cmd: exec.CommandContext(bounded(t), path, args...), log: &bytes.Buffer{}}
	p.Env = append(os.Environ(), "DATABASE_URL="+dsn)
	p.Stderr = p.log
	return p
}

// start starts the command with standard output in a pipe.
func (p *commandProcess) start(t *testing.T) *commandProcess {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stdout, p.out, p.in = w, bufio.NewReader(r), r
	t.Cleanup(func() { r.Close() })
	err = p.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// line is the next row.
func (p *commandProcess) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("reading a row: %v; standard error: %s", err, p.log)
	}
	return line
}

// exits waits for the end, and checks the exit code.
func (p *commandProcess) exits(t *testing.T, want int) {
	t.Helper()
	err := p.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := p.ProcessState.ExitCode(); got != want {
		t.Errorf("exit code %d, want %d; standard error: %s", got, want, p.log)
	}
}

// output runs the command to its end.
func (p *commandProcess) output(t *testing.T, status int) (out, log string) {
	t.Helper()
	var buf bytes.Buffer
	p.Stdout = &buf
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.exits(t, status)
	return buf.String(), p.log.String()
}

// namedApplication is the DSN with an application name of the test's own.
func namedApplication(t *testing.T, dsn string) (with, application string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	application = regexp.MustCompile(`\W+`).ReplaceAllString(t.Name(), "_")
	application = fmt.Sprintf("%.50s_%d", application, os.Getpid()) // NAMEDATALEN; runs must not meet
	q := u.Query()
	q.Set("application_name", application)
	u.RawQuery = q.Encode()
	return u.String(), application
}

// queryGone fails unless the application's query ends on the server.
func queryGone(t *testing.T, dsn, application string) {
	t.Helper()
	c := connect(t, dsn)
	for deadline := time.Now().Add(patience); ; {
		active := rows(t, queryWith(t, c, `SELECT to_json(query) AS data FROM pg_stat_activity, pg_sleep(0.01)
			WHERE application_name = $1 AND state <> 'idle'`, application))
		switch {
		case len(active) == 0:
			return
		case time.Now().After(deadline):
			t.Fatalf("still running: %v", active)
		}
	}
}

// endlessRows is rows that the server makes while they are read. It does not know how many at first, or it would compile
// the query, which takes its time.
const endlessRows = "SELECT jsonb_build_object('id', generate_series(1, (SELECT 1000000000))) AS data"

// queryWith is query with arguments.
func queryWith(t testing.TB, c *conn.Conn, sql string, args ...any) *stream.Stream {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	s, err := c.QueryArgs(ctx, sql, args)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return s
}
