package auth

import (
	"fmt"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// method is an authentication method of require_auth. The values are bits of a set.
type method uint8

const (
	methodPassword method = 1 << iota
	methodMD5
	methodGSS
	methodSSPI
	methodScram // with and without channel binding
	methodOAuth
	methodNone // the server asks for nothing: trust, peer, a client certificate

	methodAny method = 1<<iota - 1
)

var methods = map[string]method{
	"password": methodPassword, "md5": methodMD5, "gss": methodGSS, "sspi": methodSSPI,
	"scram-sha-256": methodScram, "oauth": methodOAuth, "none": methodNone,
}

// RequireAuth is the setting require_auth: the authentication methods that a server may use. The zero value allows any.
type RequireAuth struct {
	refused method
	text    string // as in the DSN
}

// allows reports whether a server may use m.
func (r RequireAuth) allows(m method) bool { return r.refused&m == 0 }

// ParseRequireAuth reads a comma-separated list of methods, all of them allowed, or all of them refused with a leading
// ! (manual, "Database Connection Control Functions", require_auth). Empty text allows any method. As in libpq, blanks
// are not trimmed, and a method may occur only once. The error is a *errors.ConfigError.
func ParseRequireAuth(s string) (RequireAuth, error) {
	if s == "" {
		return RequireAuth{}, nil
	}
	refusal := func(format string, args ...any) (RequireAuth, error) {
		return RequireAuth{}, &werr.ConfigError{Key: "require_auth", Detail: fmt.Sprintf(format, args...)}
	}
	var named method
	negated := strings.HasPrefix(s, "!")
	for item := range strings.SplitSeq(s, ",") {
		name, not := strings.CutPrefix(item, "!")
		m, ok := methods[name]
		switch {
		case !ok:
			return refusal("%q is not a method; use password, md5, gss, sspi, scram-sha-256, oauth or none", item)
		case not != negated:
			return refusal("%q: methods with and without ! cannot be mixed", item)
		case named&m != 0:
			return refusal("%q occurs more than once", name)
		}
		named |= m
	}
	if negated {
		return RequireAuth{refused: named, text: s}, nil
	}
	return RequireAuth{refused: methodAny &^ named, text: s}, nil
}
