package fuzz

import (
	"net/url"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

// checkSecondReading parses a connection string in another way, if there is one: if both accept it, the results must
// agree. ParseConfig may be stricter, but what the other way refuses, it must refuse too.
func checkSecondReading(t *testing.T, dsn string) {
	t.Helper()
	if _, _, uri := strings.Cut(dsn, "://"); uri {
		checkURI(t, dsn)
		return
	}
	c, err := conn.ParseConfig(dsn)
	pairs, ok := readPairs(dsn)
	switch {
	case err != nil:
	case !ok:
		t.Errorf("%q was accepted: %v", dsn, c)
	default:
		checkFields(t, dsn, c, pairs)
	}
}

// checkURI compares with net/url, as far as that and libpq agree on the meaning of a URI: not for several hosts, a
// query or a fragment, or a delimiter that is not encoded.
func checkURI(t *testing.T, dsn string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil || strings.ContainsAny(dsn, "?#,;") || strings.Count(dsn, "@") > 1 || strings.TrimSpace(dsn) != dsn {
		return
	}
	if c, err := conn.ParseConfig(dsn); err == nil {
		password, _ := u.User.Password()
		checkFields(t, dsn, c, map[string]string{
			"user": u.User.Username(), "password": password, "host": u.Hostname(), "dbname": strings.TrimPrefix(u.Path, "/"),
		})
	}
}

// checkFields compares the expected settings with c; an empty one has a default.
func checkFields(t *testing.T, dsn string, c *conn.Config, want map[string]string) {
	t.Helper()
	for keyword, got := range map[string]string{
		"user": c.User, "password": c.Password, "dbname": c.Database, "sslpassword": c.SSLPassword,
		"application_name": c.RuntimeParams["application_name"], "options": c.RuntimeParams["options"],
	} {
		if w := want[keyword]; w != "" && w != got {
			t.Errorf("%q: %s is %q, want %q", dsn, keyword, got, w)
		}
	}
	if w := want["host"]; w != "" && !strings.Contains(w, ",") && (len(c.Hosts) != 1 || c.Hosts[0].Name != w) {
		t.Errorf("%q: hosts %v, want %q", dsn, c.Hosts, w)
	}
}

// readPairs parses keyword=value pairs byte by byte, as described in "Keyword/Value Connection Strings".
func readPairs(text string) (pairs map[string]string, ok bool) {
	pairs = map[string]string{}
	i := 0
	peek := func() byte { // 0 at the end: a string with a NUL is not a connection string
		if i < len(text) {
			return text[i]
		}
		return 0
	}
	blank := func() bool { c := peek(); return c == ' ' || c >= '\t' && c <= '\r' }
	skip := func() {
		for blank() {
			i++
		}
	}
	for skip(); i < len(text); skip() {
		start := i
		for peek() != 0 && peek() != '=' && !blank() {
			i++
		}
		name := text[start:i]
		if skip(); peek() != '=' {
			return nil, false
		}
		i++
		skip()
		quoted := peek() == '\''
		if quoted {
			i++
		}
		var value []byte
		for ; i < len(text) && (quoted && text[i] != '\'' || !quoted && !blank()); i++ {
			if text[i] == '\\' {
				if i++; i == len(text) {
					break
				}
			}
			value = append(value, text[i])
		}
		if quoted {
			if peek() != '\'' {
				return nil, false
			}
			i++
		}
		pairs[name] = string(value)
	}
	return pairs, !strings.Contains(text, "\x00")
}
