package query

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxIdentifier is the longest name that PostgreSQL keeps, in bytes (NAMEDATALEN - 1). It cuts a longer one without an
// error, and so takes it for another name.
const maxIdentifier = 63

// badIdentifier says why name cannot be what it is for, or "".
func badIdentifier(what, name string) string {
	switch {
	case name == "":
		return what + " has no name"
	case len(name) > maxIdentifier:
		return fmt.Sprintf("%s has a name of %d bytes; PostgreSQL keeps %d", what, len(name), maxIdentifier)
	}
	if detail := badText(name); detail != "" {
		return what + "'s name " + detail
	}
	return ""
}

// badText says why s cannot be text for PostgreSQL, or "".
func badText(s string) string {
	switch {
	case strings.IndexByte(s, 0) >= 0:
		return "holds a NUL byte"
	case !utf8.ValidString(s):
		return "is not UTF-8"
	}
	return ""
}

// appendIdentifier quotes a name (manual, "Identifiers and Key Words").
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

// appendLiteral quotes a string so that it means the same whatever standard_conforming_strings says: with a backslash
// it is an escape string (manual, "String Constants").
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
