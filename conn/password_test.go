package conn

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

const passFile = `# host:port:database:user:password
a:1:d:u:first
b:*:*:*:second
localhost:5432:d:*:socket
/run/own:*:*:*:own socket
10.0.0.1:*:*:*:address
c:*:*:*:with\:colon\\
*:9:other:*:no
*:9:*:*:nine
`

func TestPassFilePerHost(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".pgpass"), []byte(passFile), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &Config{User: "u", Database: "d"}
	for _, test := range []struct {
		host Host
		want string
	}{
		{Host{Name: "a", Port: 1}, "first"},
		{Host{Name: "a", Port: 2}, ""},
		{Host{Name: "b", Port: 2}, "second"},
		{Host{Name: "b", Addr: "10.0.0.1", Port: 2}, "second"},
		{Host{Addr: "10.0.0.1", Port: 2}, "address"},
		{Host{Name: "localhost", Port: 5432}, "socket"},
		{Host{Name: DefaultSocketDirectory, Port: 5432}, "socket"},
		{Host{Name: "/run/own", Port: 5432}, "own socket"},
		{Host{Name: "c", Port: 1}, `with:colon\`},
		{Host{Name: "x", Port: 9}, "nine"},
		{Host{Name: "x", Port: 5432}, ""},
	} {
		if got, _ := c.passwordFromFile(test.host, home); got != test.want {
			t.Errorf("%v: got %q, want %q", test.host, got, test.want)
		}
	}
}

func TestPassFileThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("*:*:*:*:secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // past the umask
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct{ name, path, want, warning string }{
		{"0600", write("0600", 0o600), "secret", ""},
		{"0400", write("0400", 0o400), "secret", ""},
		{"0640", write("0640", 0o640), "", "chmod 0600"},
		{"0604", write("0604", 0o604), "", "chmod 0600"},
		{"directory", dir, "", "not a plain file"},
		{"missing", filepath.Join(dir, "none"), "", ""},
		{"device", os.DevNull, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c := &Config{User: "u", Database: "d", PassFile: test.path, Logger: slog.New(slog.NewTextHandler(&log, nil))}
			got, why := c.passwordFromFile(Host{Name: "h", Port: 1}, t.TempDir())
			if got != test.want || !strings.Contains(why, test.warning) || test.warning == "" && why != "" {
				t.Errorf("got %q, %q; want %q, %q", got, why, test.want, test.warning)
			}
			if !strings.Contains(log.String(), test.warning) || test.warning == "" && log.Len() > 0 {
				t.Errorf("logged %q, want %q", &log, test.warning)
			}
			c.Logger = nil // silent, and no panic
			_, _ = c.passwordFromFile(Host{Name: "h", Port: 1}, t.TempDir())
		})
	}
}

func TestPasswordFor(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(path, []byte("*:*:*:*:file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refusal := errors.New("no")
	ask := func(password string, err error) func(context.Context) (string, error) {
		return func(context.Context) (string, error) { return password, err }
	}
	for _, test := range []struct {
		name   string
		config Config
		want   string
		err    error
	}{
		{"file", Config{PassFile: path}, "file", nil},
		{"field", Config{PassFile: path, Password: "field"}, "field", nil},
		{"function", Config{PassFile: path, Password: "field", PasswordFunc: ask("function", nil)}, "function", nil},
		{"function fails", Config{PassFile: path, Password: "field", PasswordFunc: ask("", refusal)}, "", refusal},
		{"function has none", Config{PassFile: path, PasswordFunc: ask("", nil)}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := test.config.passwordFor(t.Context(), Host{Name: "h", Port: 1})
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %q, %v; want %q, %v", got, err, test.want, test.err)
			}
		})
	}
}

// If a password file was ignored, the error says so and why, and does not advise to set a password.
func TestIgnoredPassFileIsNamed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pass")
	if err := os.WriteFile(path, []byte("*:*:*:*:file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil { // past the umask
		t.Fatal(err)
	}
	s := fakepg.Start(t, func(c *fakepg.Conn) error {
		return c.Send(&pgproto3.AuthenticationCleartextPassword{})
	}, fakepg.Tolerant())
	cfg, err := ParseConfig(s.DSN("passfile=" + path))
	if err != nil {
		t.Fatal(err)
	}
	_, err = ConnectConfig(t.Context(), cfg)
	var refused *werr.AuthenticationError
	if !errors.As(err, &refused) || !strings.Contains(refused.Detail, path+" was ignored: its mode 0644") ||
		strings.Contains(refused.Detail, "set one") {
		t.Errorf("got %v", err)
	}
}
