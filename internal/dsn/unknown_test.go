package dsn

import (
	"errors"
	"strings"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// The error for an unknown keyword says what was meant, if that is known.
func TestUnknownKeyword(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, key, says string }{
		{"postgres://h/d?pgbouncer=true", "pgbouncer", "a parameter of Prisma; leave it out"},
		{"postgres://h/d?schema=public", "schema", "options=-c search_path"},
		{"postgres://h/d?connection_limit=1", "connection_limit", "Prisma"},
		{"postgres://h/d?pool_max_conns=10", "pool_max_conns", "pgxpool"},
		{"pool_max_conns=10", "pool_max_conns", "pgxpool"},
		{"postgres://h/d?currentSchema=x", "currentSchema", "JDBC"},
		{"postgres://h/d?ssl=false", "ssl", "use sslmode"},
		{"postgres://h/d?ApplicationName=x", "ApplicationName", "use application_name"},
		{"Host=h", "Host", "in lower case: host"},
		{"statement_timeout=5s", "statement_timeout", "options (-c name=value)"},
		{"postgres://h/d?search_path=x", "search_path", "Config.RuntimeParams"},
		{"no-keyword=x", "", "unknown keyword"},
	} {
		_, err := Read(test.text, noEnvironment)
		var got *werr.ConfigError
		if !errors.As(err, &got) || got.Key != test.key || !strings.Contains(got.Detail, test.says) {
			t.Errorf("%s: got %v; want key %q: ...%s...", test.text, err, test.key, test.says)
		}
	}
}

// No name in the list of other clients' parameters is a keyword of ours, and each is in lower case, since it would not
// be found otherwise.
func TestForeignParametersAreForeign(t *testing.T) {
	t.Parallel()
	for name := range foreignParameters {
		if _, known := Lookup(name); known || name != strings.ToLower(name) {
			t.Errorf("%s is a keyword, or not in lower case", name)
		}
	}
}

// Hints name the character that has to be percent-encoded.
func TestHintsInURIs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, key, says, saysNot string }{
		{"postgres://ann@srv:pw@h/d", "host", "@ is written %40", ""},
		{"postgres://ann@srv:pw@h:1/d", "host", "more than one @", ""},
		{"postgres://ann@srv:pw@h,i/d", "host", "more than one @", ""},
		{"postgres://ann@srv@h/d", "host", "a host holds an @", ""},
		{"postgres://ann:p/w@h/d", "dbname", "%2F", ""},
		{"postgres://ann:p/w", "port", "%2F", ""},
		{"postgres://ann:pw@h:x/d", "port", "number from 1 to 65535", "%2F"},
		{"postgres://h:54 32/d", "port", "number from 1 to 65535", ""},
	} {
		_, err := Read(test.text, noEnvironment)
		var got *werr.ConfigError
		if !errors.As(err, &got) || got.Key != test.key || !strings.Contains(got.Detail, test.says) ||
			test.saysNot != "" && strings.Contains(got.Detail, test.saysNot) {
			t.Errorf("%s: got %v; want key %q: ...%s...", test.text, err, test.key, test.says)
		}
	}
}

var noEnvironment = Environment{
	Variable: func(string) string { return "" },
	Home:     func() string { return "" },
}
