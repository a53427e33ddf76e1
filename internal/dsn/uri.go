package dsn

import (
	"encoding/hex"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// uriBody returns what follows the scheme of a connection URI.
func uriBody(text string) (body string, ok bool) {
	for _, scheme := range []string{"postgresql://", "postgres://"} {
		if body, ok = strings.CutPrefix(text, scheme); ok {
			return body, true
		}
	}
	return "", false
}

// readURI reads
//
//	[user[:password]@][host][:port][,...][/dbname][?keyword=value[&...]]
//
// with percent-encoding in every part. Like libpq, and unlike net/url, it takes everything up to the first "@" as the
// password, and accepts several hosts. Manual: "Connection URIs".
func (s Settings) readURI(rest string) error {
	var u uriParts
	if end := strings.IndexAny(rest, "@/"); end >= 0 && rest[end] == '@' {
		u.user, u.password, _ = strings.Cut(rest[:end], ":")
		u.hasUser, rest = true, rest[end+1:]
	}
	rest, err := u.cutHosts(rest)
	if err != nil {
		return err
	}
	rest, u.query, _ = strings.Cut(rest, "?")
	u.database = strings.TrimPrefix(rest, "/")
	if err := u.check(); err != nil {
		return err
	}
	for _, part := range []struct{ keyword, text string }{
		{"user", u.user}, {"password", u.password}, {"host", u.hosts}, {"port", u.ports}, {"dbname", u.database},
	} {
		if part.text == "" {
			continue
		}
		value, err := decodePercent(part.keyword, part.text)
		if err != nil {
			return err
		}
		s[part.keyword] = Value{Text: value}
	}
	// A port that is not a number may be a password that contains a "/". It is checked before anything that follows it.
	if _, problem := ParsePorts(s["port"].Text); problem != "" {
		if !u.hasUser {
			problem += "; if it is a password, write / in it as %2F, and follow it with @host"
		}
		return &werr.ConfigError{Key: "port", Detail: problem}
	}
	return s.readQuery(u.query)
}

// uriParts are the parts of a URI, still percent-encoded. Hosts and ports are lists separated by commas.
type uriParts struct {
	user, password, hosts, ports, database, query string
	hasUser                                       bool // there is an @ before the hosts
}

// cutHosts reads the hosts and returns what follows them: nothing, or what begins with "/" or "?".
func (u *uriParts) cutHosts(rest string) (after string, err error) {
	for {
		host, bracketed := "", strings.HasPrefix(rest, "[")
		if bracketed {
			end := strings.IndexByte(rest, ']')
			if end < 2 || end+1 < len(rest) && strings.IndexByte(":/?,", rest[end+1]) < 0 {
				return "", &werr.ConfigError{Key: "host", Detail: "an IPv6 address in a URI is written [address], then :port or /"}
			}
			host, rest = rest[1:end], rest[end+1:]
		} else {
			host, rest = cutAny(rest, ":/?,")
		}
		u.hosts += host
		if strings.HasPrefix(rest, ":") {
			var port string
			port, rest = cutAny(rest[1:], "/?,")
			u.ports += port
		}
		if !strings.HasPrefix(rest, ",") {
			return rest, nil
		}
		u.hosts += ","
		u.ports += ","
		rest = rest[1:]
	}
}

func cutAny(s, chars string) (before, from string) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// check refuses URIs that are valid but more likely contain a user name or password with a character that was not
// percent-encoded. If they were read as libpq reads them, a part of that password would become a host or a database,
// and appear in error texts.
func (u *uriParts) check() error {
	const advice = "; in a user name or password, @ is written %40, / is %2F, ? is %3F"
	at := strings.LastIndexByte(u.hosts, '@')
	switch {
	case at > 0, at == 0 && u.password != "":
		return &werr.ConfigError{Key: "host", Detail: "a host holds an @" + advice}
	case strings.Contains(u.ports, "@"):
		return &werr.ConfigError{Key: "host", Detail: "there is more than one @" + advice}
	case strings.Contains(u.database, "@"):
		return &werr.ConfigError{Key: "dbname", Detail: "the database name contains an @, which is written %40" + advice}
	}
	for _, text := range []string{u.user, u.password} {
		_, query, _ := strings.Cut(text, "?")
		if name, _, pair := strings.Cut(query, "="); pair {
			if _, known := Lookup(name); known {
				return &werr.ConfigError{Key: "user", Detail: "an @ follows the query; there, it is written %40" + advice}
			}
		}
	}
	return nil
}

// readQuery reads the part of a URI after the "?".
func (s Settings) readQuery(query string) error {
	// An "@" here may be the end of a password that contains a "?"; what looks like keywords is then part of it.
	hidden := strings.Contains(query, "@")
	before := ""
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, text, ok := strings.Cut(pair, "=")
		name, err := decodePercent("", name)
		if err != nil {
			return err
		}
		_, known := Lookup(name)
		switch {
		case !known && isSecret(before):
			return &werr.ConfigError{Key: before, Detail: "what follows it is not a keyword; & in a value is written %26"}
		case !ok:
			return &werr.ConfigError{Detail: "a part of the URI's query has no =; write keyword=value"}
		case !known && name != "ssl" && hidden:
			return unknownKeyword("", Value{})
		case strings.Contains(text, "="):
			return &werr.ConfigError{Key: shownKeyword(name, known), Detail: "the value holds an =, which is written %3D"}
		}
		value, err := decodePercent(shownKeyword(name, known), text)
		if err != nil {
			return err
		}
		if name == "ssl" && value == "true" { // JDBC's spelling, which libpq also accepts
			name, value = "sslmode", "require"
		}
		if err := s.put(name, Value{Text: value}); err != nil {
			return err
		}
		before = name
	}
	return nil
}

// shownKeyword returns a name as an error text may show it.
func shownKeyword(name string, known bool) string {
	if known {
		return name
	}
	return ""
}

// decodePercent decodes percent-encoding. A plus sign stays a plus sign.
func decodePercent(keyword, text string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			b.WriteByte(text[i])
			continue
		}
		if i+3 > len(text) {
			return "", badPercent(keyword)
		}
		decoded, err := hex.DecodeString(text[i+1 : i+3])
		if err != nil || decoded[0] == 0 {
			return "", badPercent(keyword)
		}
		b.WriteByte(decoded[0])
		i += 2
	}
	return b.String(), nil
}

func badPercent(keyword string) error {
	return &werr.ConfigError{Key: keyword,
		Detail: "a % is not followed by two hexadecimal digits other than 00; % itself is written %25"}
}
