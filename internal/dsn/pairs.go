package dsn

import (
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// readPairs reads keyword=value pairs, separated by white space. A value that is empty, or contains white space, must
// be in single quotes; a backslash makes the next byte literal, inside quotes and outside. Manual: "Keyword/Value
// Connection Strings".
func (s Settings) readPairs(text string) error {
	if before, _, _ := strings.Cut(text, "="); strings.Contains(before, "://") {
		return &werr.ConfigError{Detail: "unknown URI scheme; a URI begins with postgres:// or postgresql://"}
	}
	secret := "" // the keyword of the previous pair, if its value is a secret that was not quoted
	for rest := skipSpace(text); rest != ""; rest = skipSpace(rest) {
		name, value, next, quoted, problem := cutPair(rest)
		if _, known := Lookup(name); secret != "" && (problem != "" || !known) {
			return &werr.ConfigError{Key: secret, Detail: `what follows it is not a keyword; ` + quoting}
		}
		if problem != "" {
			return &werr.ConfigError{Detail: problem}
		}
		if err := s.put(name, Value{Text: value}); err != nil {
			return err
		}
		secret, rest = "", next
		if isSecret(name) && !quoted {
			secret = name
		}
	}
	return nil
}

const quoting = `put a value with spaces in single quotes, and write ' and \ in it as \' and \\`

// cutPair cuts off the first pair. The problem that it reports shows no part of the string, which may be the rest of a
// password.
func cutPair(text string) (name, value, rest string, quoted bool, problem string) {
	name, rest, ok := strings.Cut(text, "=")
	name = strings.TrimRight(name, space)
	if !ok || strings.ContainsAny(name, space) {
		const problem = "a word of the connection string has no = after it; write keyword=value, or a URI; "
		return "", "", "", false, problem + quoting
	}
	rest = skipSpace(rest)
	quoted = strings.HasPrefix(rest, "'")
	if quoted {
		rest = rest[1:]
	}
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '\\':
			if i++; i < len(rest) {
				b.WriteByte(rest[i])
			}
		case quoted && c == '\'', !quoted && strings.IndexByte(space, c) >= 0:
			return name, b.String(), rest[i+1:], quoted, ""
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return name, "", "", quoted, "a quoted value of the connection string does not end; " + quoting
	}
	return name, b.String(), "", false, ""
}

// space holds the characters that C's isspace calls white space.
const space = " \t\n\v\f\r"

func skipSpace(s string) string { return strings.TrimLeft(s, space) }

// Quote quotes a value for use in a keyword=value pair, if necessary.
func Quote(value string) string {
	if value != "" && !strings.ContainsAny(value, space+`'\`) {
		return value
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}
