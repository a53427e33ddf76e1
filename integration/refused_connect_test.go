package integration_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// Each refusal is one line that says what is wrong and where, and never shows the password.
func TestRefusedConnects(t *testing.T) {
	t.Parallel()
	setPassword := func(role string) func(*url.URL) {
		return func(u *url.URL) { u.User = url.UserPassword(role, testbed.WrongPassword) }
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
		{"no password", func(u *url.URL) { u.User = url.User("wire_scram"); testbed.SetQuery(u, "passfile", "/dev/null") },
			werr.CategoryAuth, "", "password"},
		{"no such database", func(u *url.URL) { u.Path = "/nowhere" }, werr.CategoryServer, "3D000", "nowhere"},
		{"no such parameter", func(u *url.URL) { testbed.SetQuery(u, "options", "-c no_such=1") },
			werr.CategoryServer, "42704", "no_such"},
		{"no listener", func(u *url.URL) {
			u.Host = testbed.DeadAddress(t)
			u.User = url.UserPassword("x", testbed.WrongPassword)
		},
			werr.CategoryConnect, "", "refused"},
		{"no such host", func(u *url.URL) { u.Host = "db.invalid:5432"; u.User = url.UserPassword("x", testbed.WrongPassword) },
			werr.CategoryConnect, "", "db.invalid"},
		{"no such socket", func(u *url.URL) { u.Host = ""; testbed.SetQuery(u, "host", "/nowhere") },
			werr.CategoryConnect, "", "/nowhere"},
	}
	for _, s := range testbed.OwnServers(t) {
		for _, tt := range tests {
			t.Run(s.Name+"/"+tt.name, func(t *testing.T) {
				c, err := conn.Connect(testbed.Context(t), testbed.Edit(t, s.DSN(), tt.change))
				if err == nil {
					testbed.Close(t, c)
					t.Fatal("the login was accepted")
				}
				testbed.CheckOneLine(t, err)
				if got := werr.CategoryOf(err); got != tt.category || testbed.SQLState(err) != tt.code {
					t.Errorf("%v: category %v, SQLSTATE %q; want %v, %q", err, got, testbed.SQLState(err), tt.category, tt.code)
				}
				if !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%v: the text does not contain %q", err, tt.says)
				}
			})
		}
	}
}

// The attempt to connect to a silent host ends after connect_timeout, or when the context ends.
func TestConnectIsBounded(t *testing.T) {
	t.Parallel()
	dsn := "postgres://x:" + testbed.WrongPassword + "@" + testbed.SilentAddress(t) + "/postgres"
	for name, mode := range map[string]string{"plain": "disable", "tls": "require"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testbed.Ends(t, "connect_timeout", func() {
				_, err := conn.Connect(t.Context(), dsn+"?connect_timeout=1&sslmode="+mode)
				testbed.CheckOneLine(t, err)
				if werr.CategoryOf(err) != werr.CategoryTimeout {
					t.Errorf("connect_timeout: %v", err)
				}
			})
			ctx, end := context.WithTimeout(t.Context(), short)
			defer end()
			testbed.Ends(t, "the context", func() {
				_, err := conn.Connect(ctx, dsn+"?sslmode="+mode)
				testbed.CheckOneLine(t, err)
				if werr.CategoryOf(err) != werr.CategoryTimeout {
					t.Errorf("the context's end: %v", err)
				}
			})
		})
	}
}
