package conn

import (
	"fmt"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// authMethod is a way to log in, as require_auth names it. The values are bits of a set.
type authMethod uint8

const (
	authPassword authMethod = 1 << iota
	authMD5
	authGSS
	authSSPI
	authScram // with and without channel binding
	authOAuth
	authNone // the server asks for nothing: trust, peer, a client certificate

	authAny authMethod = 1<<iota - 1
)

var authMethods = map[string]authMethod{
	"password": authPassword, "md5": authMD5, "gss": authGSS, "sspi": authSSPI,
	"scram-sha-256": authScram, "oauth": authOAuth, "none": authNone,
}

// requireAuth is the setting require_auth: the methods that a server may use to log the client in. The zero value
// allows any.
type requireAuth struct {
	refused authMethod
	text    string // as in the DSN
}

// allows says whether a server may use m.
func (r requireAuth) allows(m authMethod) bool { return r.refused&m == 0 }

// parseRequireAuth reads a comma-separated list of methods, all of them allowed, or all of them refused with a leading
// ! (manual, "Database Connection Control Functions", require_auth). Empty text allows any method. As in libpq, blanks
// are not trimmed, and a method may stand once. The error is a *errors.ConfigError.
func parseRequireAuth(s string) (requireAuth, error) {
	if s == "" {
		return requireAuth{}, nil
	}
	refusal := func(format string, args ...any) (requireAuth, error) {
		return requireAuth{}, &werr.ConfigError{Key: "require_auth", Detail: fmt.Sprintf(format, args...)}
	}
	var named authMethod
	negated := strings.HasPrefix(s, "!")
	for item := range strings.SplitSeq(s, ",") {
		name, not := strings.CutPrefix(item, "!")
		m, ok := authMethods[name]
		switch {
		case !ok:
			return refusal("%q is no method; use password, md5, gss, sspi, scram-sha-256, oauth or none", item)
		case not != negated:
			return refusal("%q: methods with and without ! cannot be mixed", item)
		case named&m != 0:
			return refusal("%q stands more than once", name)
		}
		named |= m
	}
	if negated {
		return requireAuth{refused: named, text: s}, nil
	}
	return requireAuth{refused: authAny &^ named, text: s}, nil
}
