package auth

import (
	"errors"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

func TestParseRequireAuth(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want method // allowed
	}{
		{"", methodAny},
		{"scram-sha-256", methodScram},
		{"md5,password", methodMD5 | methodPassword},
		{"none", methodNone},
		{"none,gss,sspi,oauth", methodNone | methodGSS | methodSSPI | methodOAuth},
		{"!password", methodAny &^ methodPassword},
		{"!none,!md5", methodAny &^ methodNone &^ methodMD5},
		{"!password,!md5,!gss,!sspi,!scram-sha-256,!oauth,!none", 0},
	} {
		r, err := ParseRequireAuth(tc.text)
		if err != nil {
			t.Errorf("%q: %v", tc.text, err)
			continue
		}
		for name, m := range methods {
			if got, want := r.allows(m), tc.want&m != 0; got != want {
				t.Errorf("%q allows %s: %t, want %t", tc.text, name, got, want)
			}
		}
	}
}

func TestParseRequireAuthRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"trust", "scram-sha-256-plus", "SCRAM-SHA-256", " md5", "md5,", ",", "!", "!!md5", "md5,!password", "!md5,password",
		"md5,md5", "!none,!none", "any",
	} {
		_, err := ParseRequireAuth(text)
		var wrong *werr.ConfigError
		if !errors.As(err, &wrong) || wrong.Key != "require_auth" {
			t.Errorf("%q: error %T %v, want a ConfigError for require_auth", text, err, err)
		}
	}
}
