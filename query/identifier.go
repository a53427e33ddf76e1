package query

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxIdentifier is the maximum length of a name in PostgreSQL, in bytes (NAMEDATALEN - 1). Longer names are truncated
// without an error, and so would refer to something else.
const maxIdentifier = 63

// badIdentifier returns why name cannot be the name of what, or "".
func badIdentifier(what, name string) string {
	switch {
	case name == "":
		return what + " has no name"
	case len(name) > maxIdentifier:
		return fmt.Sprintf("%s has a name of %d bytes, but PostgreSQL allows %d", what, len(name), maxIdentifier)
	}
	if detail := badText(name); detail != "" {
		return what + "'s name " + detail
	}
	return ""
}

// badText returns why s cannot be a text value in PostgreSQL, or "".
func badText(s string) string {
	switch {
	case strings.IndexByte(s, 0) >= 0:
		return "holds a NUL byte"
	case !utf8.ValidString(s):
		return "is not UTF-8"
	}
	return ""
}

// appendIdentifier appends a quoted name (manual, "Identifiers and Key Words").
func appendIdentifier(b []byte, name string) []byte {
	b = append(b, '"')
	for i := range len(name) {
		if name[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, name[i])
	}
	return append(b, '"')
}

// appendLiteral appends a quoted string that does not depend on standard_conforming_strings: if it contains a
// backslash, it is written as an escape string (manual, "String Constants").
func appendLiteral(b []byte, s string) []byte {
	if strings.IndexByte(s, '\\') >= 0 {
		b = append(b, 'E')
	}
	b = append(b, '\'')
	for i := range len(s) {
		if s[i] == '\'' || s[i] == '\\' {
			b = append(b, s[i])
		}
		b = append(b, s[i])
	}
	return append(b, '\'')
}
