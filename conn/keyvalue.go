package conn

import (
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// readPairs reads keyword=value pairs, separated by white space. A value with white space in it, or an empty one,
// stands in single quotes; a backslash takes the next byte as it is, inside quotes and outside. Manual:
// "Keyword/Value Connection Strings".
func (s settings) readPairs(text string) error {
	if before, _, _ := strings.Cut(text, "="); strings.Contains(before, "://") {
		return &werr.ConfigError{Detail: "unknown URI scheme; a URI begins with postgres:// or postgresql://"}
	}
	secret := "" // the secret that ended just before, unquoted
	for rest := trimSpace(text); rest != ""; rest = trimSpace(rest) {
		name, value, next, quoted, problem := cutPair(rest)
		if _, known := keywordNamed(name); secret != "" && (problem != "" || !known) {
			return &werr.ConfigError{Key: secret, Detail: `what follows it is no keyword; ` + quoting}
		}
		if problem != "" {
			return &werr.ConfigError{Detail: problem}
		}
		if err := s.put(name, setting{value: value}); err != nil {
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

// cutPair cuts the first pair off. Texts of its problems show nothing of the string: it may be the rest of a password.
func cutPair(text string) (name, value, rest string, quoted bool, problem string) {
	name, rest, ok := strings.Cut(text, "=")
	name = strings.TrimRight(name, space)
	if !ok || strings.ContainsAny(name, space) {
		const problem = "a word of the connection string has no = after it; write keyword=value, or a URI; "
		return "", "", "", false, problem + quoting
	}
	rest = trimSpace(rest)
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

// space is what C's isspace calls white space.
const space = " \t\n\v\f\r"

func trimSpace(s string) string { return strings.TrimLeft(s, space) }

// quoteValue writes a value so that readPairs reads it back.
func quoteValue(value string) string {
	if value != "" && !strings.ContainsAny(value, space+`'\`) {
		return value
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}
