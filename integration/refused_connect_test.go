package integration_test

import (
	"context"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

const wrongPassword = "s3cret-and-wrong"

// oneLine fails unless an error is text of one line that holds no password.
func oneLine(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	switch text := err.Error(); {
	case strings.ContainsAny(text, "\r\n"), text == "", len(text) > 1000:
		t.Errorf("not one clear line: %q", text)
	case strings.Contains(text, wrongPassword):
		t.Errorf("the password is in %q", text)
	}
}

// edited is the DSN with changes to its URL.
func edited(t testing.TB, dsn string, change func(u *url.URL)) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

// deadPort is an address of this machine that nobody listens on.
func deadPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // only its number is wanted
	return l.Addr().String()
}

// deaf is an address that takes connections and never says a word.
func deaf(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() }) // nobody uses it any more
	return l.Addr().String()
}

// Each refusal is one line that says what is wrong and where, and never the password.
func TestRefusedConnects(t *testing.T) {
	t.Parallel()
	setPassword := func(role string) func(*url.URL) {
		return func(u *url.URL) { u.User = url.UserPassword(role, wrongPassword) }
	}
	tests := []struct {
		name     string
		change   func(u *url.URL)
		category werr.Category
		code     string
		says     string
	}{
		{"wrong password, SCRAM", setPassword("wire_scram"), werr.CategoryAuth, "28P01", "wire_scram"},
		{"wrong password, md5", setPassword("wire_md5"), werr.CategoryAuth, "28P01", "wire_md5"},
		{"wrong password, clear", setPassword("wire_clear"), werr.CategoryAuth, "28P01", "wire_clear"},
		{"no such role", setPassword("wire_nobody"), werr.CategoryAuth, "28P01", "wire_nobody"},
		{"no password", func(u *url.URL) { u.User = url.User("wire_scram"); setQuery(u, "passfile", "/dev/null") },
			werr.CategoryAuth, "", "password"},
		{"no such database", func(u *url.URL) { u.Path = "/nowhere" }, werr.CategoryServer, "3D000", "nowhere"},
		{"no such parameter", func(u *url.URL) { setQuery(u, "options", "-c no_such=1") },
			werr.CategoryServer, "42704", "no_such"},
		{"nobody listens", func(u *url.URL) { u.Host = deadPort(t); u.User = url.UserPassword("x", wrongPassword) },
			werr.CategoryConnect, "", "refused"},
		{"no such host", func(u *url.URL) { u.Host = "db.invalid:5432"; u.User = url.UserPassword("x", wrongPassword) },
			werr.CategoryConnect, "", "db.invalid"},
		{"no such socket", func(u *url.URL) { u.Host = ""; setQuery(u, "host", "/nowhere") },
			werr.CategoryConnect, "", "/nowhere"},
	}
	for _, s := range ownServers(t) {
		for _, tt := range tests {
			t.Run(s.Name+"/"+tt.name, func(t *testing.T) {
				c, err := conn.Connect(bounded(t), edited(t, s.DSN(), tt.change))
				if err == nil {
					closeConn(t, c)
					t.Fatal("let in")
				}
				oneLine(t, err)
				if got := werr.CategoryOf(err); got != tt.category || sqlState(err) != tt.code {
					t.Errorf("%v: category %v, SQLSTATE %q; want %v, %q", err, got, sqlState(err), tt.category, tt.code)
				}
				if !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%v: the text does not say %q", err, tt.says)
				}
			})
		}
	}
}

func setQuery(u *url.URL, key, value string) {
	q := u.Query()
	q.Set(key, value)
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // in a connection URI a plus is a plus
}

// A host that says nothing is given up after connect_timeout, or when the context ends.
func TestConnectIsBounded(t *testing.T) {
	t.Parallel()
	dsn := "postgres://x:" + wrongPassword + "@" + deaf(t) + "/postgres"
	for name, mode := range map[string]string{"plain": "disable", "tls": "require"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			within(t, time.Second+soon, "connect_timeout", func() {
				_, err := conn.Connect(t.Context(), dsn+"?connect_timeout=1&sslmode="+mode)
				oneLine(t, err)
				if werr.CategoryOf(err) != werr.CategoryTimeout {
					t.Errorf("connect_timeout: %v", err)
				}
			})
			ctx, end := context.WithTimeout(t.Context(), short)
			defer end()
			within(t, short+soon, "the context", func() {
				_, err := conn.Connect(ctx, dsn+"?sslmode="+mode)
				oneLine(t, err)
				if werr.CategoryOf(err) != werr.CategoryTimeout {
					t.Errorf("the context's end: %v", err)
				}
			})
		})
	}
}
