package conn

import (
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// ParseConfig parses a connection string in either of libpq's two forms: a URI, postgres:// or postgresql://, or
// keyword=value pairs. Settings that it omits come from the service file section that service or PGSERVICE names,
// then from the PG* environment variables, then from the defaults. The result is checked and complete. Manual:
// "Connection Strings", "Parameter Key Words", "Environment Variables", "The Connection Service File". The
// differences from libpq are listed in docs/CONNECTING.md.
//
// Errors are *errors.ConfigError. They name the keyword, and never show a value, nor any part of the string that
// could belong to a password.
func ParseConfig(dsn string) (*Config, error) { return parse(dsn, system()) }

func system() dsn.Environment { return dsn.System() }

func parse(text string, e dsn.Environment) (*Config, error) {
	given, err := dsn.Read(text, e)
	if err != nil {
		return nil, err
	}
	c := &Config{}
	for _, s := range settings {
		value, ok := given[s.keyword]
		if !ok || s.set == nil {
			continue
		}
		if problem := s.set(c, value.Text); problem != "" {
			return nil, &werr.ConfigError{Key: s.keyword, Detail: problem + value.Origin()}
		}
	}
	if err := c.setHosts(given); err != nil {
		return nil, err
	}
	for name, value := range e.RuntimeParams() {
		setRuntimeParam(c, name, value)
	}
	return c.resolveIn(e)
}
