package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

func TestPingNamesTheServer(t *testing.T) {
	t.Parallel()
	const times = `: connected in [0-9.]+[µm]?s, ping [0-9.]+[µm]?s\n`
	utf8 := &pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"}
	version := &pgproto3.ParameterStatus{Name: "server_version", Value: "17.0"}
	for _, tt := range []struct {
		name     string
		greeting []pgproto3.BackendMessage
		want     string
	}{
		{"all", []pgproto3.BackendMessage{utf8, version, &pgproto3.BackendKeyData{ProcessID: 7, SecretKey: []byte("abcd")}},
			"PostgreSQL 17.0, pid 7"},
		{"no version", []pgproto3.BackendMessage{utf8, &pgproto3.BackendKeyData{ProcessID: 7, SecretKey: []byte("abcd")}},
			"a server that reports no version, pid 7"},
		{"no key data", []pgproto3.BackendMessage{utf8, version}, "PostgreSQL 17.0"},
		{"neither", []pgproto3.BackendMessage{utf8}, "a server that reports no version"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _ := tryOn(t, func(c *fakepg.Conn) error {
				greeting := append([]pgproto3.BackendMessage{&pgproto3.AuthenticationOk{}}, tt.greeting...)
				if err := c.Send(append(greeting, fakepg.Ready())...); err != nil {
					return err
				}
				return c.Serve(0)
			}, "", "ping")
			if got.status != exitDone || got.err != "" || !regexp.MustCompile("^"+regexp.QuoteMeta(tt.want)+times+"$").MatchString(got.out) {
				t.Errorf("exit code %d, standard output %q, standard error %q", got.status, got.out, got.err)
			}
		})
	}
}

// A password file that others can read is not used, and the command says so before it fails.
func TestWarnings(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "passwords")
	if err := os.WriteFile(path, []byte("*:*:*:*:secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	s := fakepg.StartPipe(t, func(c *fakepg.Conn) error { return c.LoginCleartext("secret") }, fakepg.Tolerant())
	for _, args := range [][]string{{"ping"}, {"stream", fakepg.SQL}} {
		var out, text strings.Builder
		status := run(t.Context(), append(args, "--dsn", s.DSN("passfile="+path)),
			streams{in: strings.NewReader(""), out: &out, err: &text, dial: s.Dial})
		want := fmt.Sprintf("fraiseql-wire: warning: password file ignored: its mode 0644 gives access to others; "+
			"chmod 0600; passfile %s\n", path)
		if status != exitFailure || !strings.HasPrefix(text.String(), want+"fraiseql-wire: ") {
			t.Errorf("%v: exit code %d, standard error %q, want it to begin with %q", args, status, text.String(), want)
		}
	}
}
