package dsn

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A line of a password file is read as libpq reads it; an integration test compares with psql.
func TestPasswordLine(t *testing.T) {
	t.Parallel()
	l := Login{Hosts: []string{"h:1", "localhost"}, Port: "5432", Database: "d d", User: `u\`}
	for _, test := range []struct{ line, want string }{
		{`*:*:*:*:p`, "p"},
		{`localhost:5432:d d:u\\:p`, "p"},
		{`h\:1:5432:d d:u\\:p`, "p"},
		{`\h\:\1:\5432:d\ d:u\\:p`, "p"}, // a backslash makes any next byte literal
		{`h:1:5432:d d:u\\:p`, "p"},      // a colon in a name need not be escaped
		{`*:*:*:*: p `, " p "},
		{"*:*:*:*:p\t", "p\t"},
		{"*:*:*:*:p\r", "p"},
		{`*:*:*:*:a\:b\\c\d`, `a:b\cd`},
		{`*:*:*:*:a:b`, "a"},
		{`*:*:*:*:a\`, `a\`},
		{`*:*:*:*:*`, "*"},
		{`*:*:*:*:`, ""},
		{`*:*:*:*`, ""},
		{`*:*:*:p`, ""},
		{`\*:*:*:*:p`, ""},
		{`**:*:*:*:p`, ""},
		{` *:*:*:*:p`, ""},
		{`* :*:*:*:p`, ""},
		{`localhos:*:*:*:p`, ""},
		{`localhost2:*:*:*:p`, ""},
		{`LOCALHOST:*:*:*:p`, ""},
		{`#*:*:*:*:p`, ""},
		{` #:*:*:*:p`, ""},
		{``, ""},
		{`:*:*:*:p`, ""},
		{`\`, ""},
	} {
		if got, _ := Password(passFile(t, test.line+"\n"), l); got != test.want {
			t.Errorf("%q: got %q, want %q", test.line, got, test.want)
		}
	}
}

func TestPasswordOfTheFirstMatch(t *testing.T) {
	t.Parallel()
	l := Login{Hosts: []string{"h"}, Port: "1", Database: "d", User: "u"}
	for _, test := range []struct{ text, want string }{
		{"# *:*:*:*:no\n\nx:*:*:*:no\nh:*:*:*:first\n*:*:*:*:second\n", "first"},
		{"*:*:*:*:\nh:*:*:*:second\n", ""}, // an empty password counts as a match
		{"h:*:*:*:last", "last"},
		{"x:*:*:*:no\r\nh:*:*:*:p\r\n", "p"},
		{"x:" + strings.Repeat("y", 1<<20) + "\nh:*:*:*:behind a long line\n", "behind a long line"},
		{"h:*:*:*:" + strings.Repeat("p", 1<<17) + "\n", strings.Repeat("p", 1<<17)},
		{"", ""},
	} {
		if got, _ := Password(passFile(t, test.text), l); got != test.want {
			t.Errorf("%.60q: got %.60q, want %.60q", test.text, got, test.want)
		}
	}
}

func passFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passfile")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
