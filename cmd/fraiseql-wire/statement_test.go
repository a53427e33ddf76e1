package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

// tryOn runs the program against a server that runs script, and returns the server too.
func tryOn(t *testing.T, script fakepg.Script, stdin string, args ...string) (outcome, *fakepg.Server) {
	t.Helper()
	s := fakepg.StartPipe(t, script, fakepg.Tolerant())
	var out, text bytes.Buffer
	args = append(args, "--dsn", s.DSN())
	status := run(t.Context(), args, streams{in: strings.NewReader(stdin), out: &out, err: &text, dial: s.Dial})
	return outcome{status, out.String(), text.String()}, s
}

func TestStatementSources(t *testing.T) {
	t.Parallel()
	const sql = "SELECT data\n  FROM v_user -- ü\n"
	inFile := func(text string) string {
		path := filepath.Join(t.TempDir(), "query.sql")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct {
		name, stdin string
		args        []string
	}{
		{"argument", "", []string{sql}},
		{"file", "", []string{"--file", inFile(sql)}},
		{"file with a byte order mark", "", []string{"-f", inFile("\uFEFF" + sql)}},
		{"standard input as a file", sql, []string{"-f", "-"}},
		{"standard input as the argument", sql, []string{"-"}},
		{"standard input with a byte order mark", "\uFEFF" + sql, []string{"-"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, s := tryOn(t, fakepg.Honest(2), tt.stdin, append([]string{"stream"}, tt.args...)...)
			if got.status != exitDone || got.err != "" || strings.Count(got.out, "\n") != 2 {
				t.Errorf("exit code %d, standard output %q, standard error %q", got.status, got.out, got.err)
			}
			// A null byte ends the string in Parse, and another one ends the empty statement name before it.
			if !bytes.Contains(s.Received(), []byte("\x00"+sql+"\x00")) {
				t.Errorf("the server received %q, which does not contain the statement", s.Received())
			}
		})
	}
}

func TestStatementThatCannotBeRead(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none.sql")
	for _, tt := range []struct {
		name, stdin string
		args        []string
		status      int
		want        string
	}{
		{"no file", "", []string{"-f", missing}, exitFailure, "none.sql: no such file or directory"},
		{"nothing on standard input", "", []string{"-"}, exitUsage, "the statement is empty"},
		{"only a byte order mark", "\uFEFF \n", []string{"-f", "-"}, exitUsage, "the statement is empty"},
		{"a file and a statement", "", []string{"-f", missing, "SELECT"}, exitUsage, "not both"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, s := tryOn(t, fakepg.Honest(2), tt.stdin, append([]string{"stream"}, tt.args...)...)
			got.oneLine(t, tt.status, tt.want)
			if n := s.Connections(); n != 0 {
				t.Errorf("%d connections were made", n)
			}
		})
	}
}
