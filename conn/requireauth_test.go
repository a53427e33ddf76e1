package conn

import (
	"errors"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

func TestParseRequireAuth(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want authMethod // allowed
	}{
		{"", authAny},
		{"scram-sha-256", authScram},
		{"md5,password", authMD5 | authPassword},
		{"none", authNone},
		{"none,gss,sspi,oauth", authNone | authGSS | authSSPI | authOAuth},
		{"!password", authAny &^ authPassword},
		{"!none,!md5", authAny &^ authNone &^ authMD5},
		{"!password,!md5,!gss,!sspi,!scram-sha-256,!oauth,!none", 0},
	} {
		r, err := parseRequireAuth(tc.text)
		if err != nil {
			t.Errorf("%q: %v", tc.text, err)
			continue
		}
		for name, m := range authMethods {
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
		_, err := parseRequireAuth(text)
		var wrong *werr.ConfigError
		if !errors.As(err, &wrong) || wrong.Key != "require_auth" {
			t.Errorf("%q: error %T %v, want a ConfigError for require_auth", text, err, err)
		}
	}
}
