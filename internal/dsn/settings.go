// Package dsn reads connection strings, and the sources of settings that they leave out: service files, the PG*
// environment and the password file. It knows the keywords and their syntax; package conn interprets the values.
//
// It follows libpq: PostgreSQL manual, "Connection Strings", "Environment Variables", "The Connection Service File" and
// "The Password File".
package dsn

import (
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Settings holds the values that were given, by keyword.
type Settings map[string]Value

// Value is the value of a keyword and its source.
type Value struct {
	Text   string
	Source string // for error texts: a file or an environment variable; empty means the connection string
}

// Origin returns the end of an error text, which names the source unless that is the connection string.
func (v Value) Origin() string {
	if v.Source == "" {
		return ""
	}
	return "; set by " + v.Source
}

// Read reads a connection string. Missing settings are taken from the service that the keyword service or PGSERVICE
// names, then from the PG* variables of e. Errors are *errors.ConfigError: they name the keyword, and never show a
// value or any part of the string that might belong to a password.
func Read(text string, e Environment) (Settings, error) {
	s := Settings{}
	if err := s.readString(text); err != nil {
		return nil, err
	}
	if err := s.addService(e); err != nil {
		return nil, err
	}
	s.addEnvironment(e)
	return s, nil
}

func (s Settings) readString(text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return &werr.ConfigError{Detail: "the connection string contains a NUL byte"}
	}
	if rest, ok := uriBody(strings.TrimSpace(text)); ok {
		return s.readURI(rest)
	}
	return s.readPairs(text)
}

// put stores a value. A later value of the same keyword replaces it.
func (s Settings) put(name string, value Value) error {
	k, ok := Lookup(name)
	if !ok {
		return unknownKeyword(name, value)
	}
	if k.Refused != "" {
		return &werr.ConfigError{Key: name, Detail: k.Refused + value.Origin()}
	}
	s[name] = value
	return nil
}

// addEnvironment adds the environment variables of keywords that were not given elsewhere.
func (s Settings) addEnvironment(e Environment) {
	for _, k := range keywords {
		if _, given := s[k.Name]; given || k.Variable == "" {
			continue
		}
		if value := e.Variable(k.Variable); value != "" {
			s[k.Name] = Value{value, k.Variable}
		}
	}
}
