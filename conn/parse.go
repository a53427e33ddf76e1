package conn

import (
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// ParseConfig reads a connection string, in either of libpq's two forms: a URI, postgres:// or postgresql://, or
// keyword=value pairs. What it leaves out comes from the service file that service or PGSERVICE names, then from the
// PG* environment variables, then from the defaults. The result is checked and complete. Manual: "Connection Strings",
// "Parameter Key Words", "Environment Variables", "The Connection Service File".
//
// Where it differs from libpq, it is stricter or safer: an environment variable that is set but empty counts as not
// set; connect_timeout is 30 s by default; a raw "@" in a URI's host or database is refused, since it is more often
// the rest of a password; requiressl is not known; keywords that nothing here could honour are refused. GSSAPI
// encryption is never negotiated, so gssencmode=disable and prefer mean the same; krbsrvname, gsslib, gssdelegation
// and sslcompression are read and ignored.
//
// Errors are *errors.ConfigError. They name the keyword, and never show a value, nor any part of the string that might
// belong to a password.
func ParseConfig(dsn string) (*Config, error) { return parse(dsn, system()) }

func parse(dsn string, e environment) (*Config, error) {
	given := settings{}
	if err := given.readString(dsn); err != nil {
		return nil, err
	}
	if err := given.addService(e); err != nil {
		return nil, err
	}
	given.addEnvironment(e)
	c, err := given.config()
	if err != nil {
		return nil, err
	}
	for _, v := range sessionVariables {
		if value := e.variable(v.variable); !strings.EqualFold(value, "default") {
			runtimeParameter(v.parameter)(c, value)
		}
	}
	return c.resolveIn(e)
}

// settings are values by keyword.
type settings map[string]setting

type setting struct {
	value  string
	source string // for error texts; empty: the connection string
}

// readString reads a connection string.
func (s settings) readString(dsn string) error {
	if strings.IndexByte(dsn, 0) >= 0 {
		return &werr.ConfigError{Detail: "the connection string holds a NUL byte"}
	}
	if rest, ok := uriBody(strings.TrimSpace(dsn)); ok {
		return s.readURI(rest)
	}
	return s.readPairs(dsn)
}

// put stores a value. A later one of the same keyword replaces it.
func (s settings) put(name string, value setting) error {
	k, ok := keywordNamed(name)
	if !ok {
		return unknownKeyword(name, value)
	}
	if k.refused != "" {
		return &werr.ConfigError{Key: name, Detail: k.refused + value.origin()}
	}
	s[name] = value
	return nil
}

// origin says, at the end of an error text, where a value comes from, if that is not the connection string.
func (v setting) origin() string {
	if v.source == "" {
		return ""
	}
	return "; set by " + v.source
}

// unknownKeyword names the keyword, unless it does not look like one: then it may be anything, a password too.
func unknownKeyword(name string, given setting) error {
	const advice = "unknown keyword; run-time parameters go into options (-c name=value) or Config.RuntimeParams"
	if !looksLikeKeyword(name) {
		name = ""
	}
	return &werr.ConfigError{Key: name, Detail: advice + given.origin()}
}

func looksLikeKeyword(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."
	return name != "" && len(name) < 64 && strings.Trim(name, letters) == ""
}

// addEnvironment adds what the environment says and nothing else has said.
func (s settings) addEnvironment(e environment) {
	for _, k := range keywords {
		if _, given := s[k.name]; given || k.variable == "" {
			continue
		}
		if value := e.variable(k.variable); value != "" {
			s[k.name] = setting{value, k.variable}
		}
	}
}

// config makes a Config of the values alone; its defaults are still missing.
func (s settings) config() (*Config, error) {
	c := &Config{}
	for _, k := range keywords {
		given, ok := s[k.name]
		if !ok || k.set == nil {
			continue
		}
		if problem := k.set(c, given.value); problem != "" {
			return nil, &werr.ConfigError{Key: k.name, Detail: problem + given.origin()}
		}
	}
	return c, s.hosts(c)
}
