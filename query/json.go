package query

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"
)

// The functions of this file parse JSON without copying it. Their input must have passed json.Valid, or be a value
// inside such input.

// jsonText is a JSON operand that has passed json.Valid.
type jsonText string

// member is one member of an object.
type member struct{ key, value string }

// appendMembers appends the members of the object raw, in order.
func appendMembers(all []member, raw string) []member {
	at := skipSpace(raw, 1)
	for raw[at] != '}' {
		end := skipValue(raw, at)
		key := unquote(raw[at:end])
		at = skipSpace(raw, skipSpace(raw, end)+1) // skip the colon
		end = skipValue(raw, at)
		all = append(all, member{key, raw[at:end]})
		at = skipComma(raw, end)
	}
	return all
}

// elements iterates over the elements of the array raw.
func elements(raw string) iter.Seq[string] {
	return func(yield func(string) bool) {
		at := skipSpace(raw, 1)
		for raw[at] != ']' {
			end := skipValue(raw, at)
			if !yield(raw[at:end]) {
				return
			}
			at = skipComma(raw, end)
		}
	}
}

// count returns the number of elements of the array raw.
func count(raw string) (n int) {
	for range elements(raw) {
		n++
	}
	return n
}

// trim removes the white space around a value.
func trim(raw string) string { return strings.Trim(raw, " \t\r\n") }

func skipSpace(raw string, at int) int {
	for raw[at] == ' ' || raw[at] == '\n' || raw[at] == '\t' || raw[at] == '\r' {
		at++
	}
	return at
}

// skipComma returns the index of the next member or element, or of the end of the object or array.
func skipComma(raw string, at int) int {
	at = skipSpace(raw, at)
	if raw[at] == ',' {
		at = skipSpace(raw, at+1)
	}
	return at
}

// skipValue returns the index after the value that begins at index at.
func skipValue(raw string, at int) int {
	depth := 0
	for at < len(raw) {
		switch c := raw[at]; c {
		case '"':
			at = skipString(raw, at)
		case '{', '[':
			depth++
			at++
		case '}', ']':
			depth--
			at++
		case ',', ':', ' ', '\n', '\t', '\r':
			at++
			continue // only inside an object or array
		default:
			at = skipWord(raw, at)
		}
		if depth == 0 {
			break
		}
	}
	return at
}

func skipString(raw string, at int) int {
	for at++; raw[at] != '"'; at++ {
		if raw[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// skipWord returns the index after a number, true, false or null.
func skipWord(raw string, at int) int {
	for at < len(raw) && strings.IndexByte(",:]} \n\t\r", raw[at]) < 0 {
		at++
	}
	return at
}

// unquote returns the string that raw, a JSON string with its quotes, represents.
func unquote(raw string) string {
	inner := raw[1 : len(raw)-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	_ = json.Unmarshal([]byte(raw), &s) // it is a valid string
	return s
}

// badDocument returns why PostgreSQL would not accept a valid JSON text as jsonb, or "": jsonb cannot contain NUL,
// unpaired surrogates, or numbers outside the range of numeric (manual, "JSON Types").
func badDocument(raw string) string {
	if !utf8.ValidString(raw) {
		return "is not UTF-8"
	}
	for at := 0; at < len(raw); {
		switch c := raw[at]; {
		case c == '"':
			end := skipString(raw, at)
			if detail := badEscapes(raw[at:end]); detail != "" {
				return detail
			}
			at = end
		case c == '-' || '0' <= c && c <= '9':
			end := skipWord(raw, at)
			if detail := badNumber(raw[at:end]); detail != "" {
				return detail
			}
			at = end
		default:
			at++
		}
	}
	return ""
}

// badEscapes returns why a JSON string has escapes that a PostgreSQL text value cannot contain, or "".
func badEscapes(quoted string) string {
	for at := 0; at < len(quoted); at++ {
		if quoted[at] != '\\' {
			continue
		}
		at++
		if quoted[at] != 'u' {
			continue
		}
		unit := hex4(quoted[at+1:])
		at += 4
		switch {
		case unit == 0:
			return "holds a NUL character"
		case 0xd800 <= unit && unit < 0xdc00 && strings.HasPrefix(quoted[at+1:], `\u`) &&
			0xdc00 <= hex4(quoted[at+3:]) && hex4(quoted[at+3:]) < 0xe000:
			at += 6
		case 0xd800 <= unit && unit < 0xe000:
			return "contains an unpaired surrogate"
		}
	}
	return ""
}

// hex4 returns the value of four hexadecimal digits.
func hex4(digits string) (n uint16) {
	for i := range 4 {
		c := digits[i]
		n <<= 4
		switch {
		case c <= '9':
			n |= uint16(c - '0')
		default:
			n |= uint16(c|0x20-'a') + 10
		}
	}
	return n
}

// kindOf returns the kind of a JSON value, for error texts.
func kindOf(raw string) string {
	switch raw[0] {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// nesting returns how deeply objects and lists are nested.
func nesting(raw string) (deepest int) {
	depth := 0
	for at := 0; at < len(raw); {
		switch raw[at] {
		case '"':
			at = skipString(raw, at)
			continue
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
		at++
	}
	return deepest
}

// quoted returns text as it is shown in an error.
func quoted(text string) string { return fmt.Sprintf("%q", shortened(text)) }

// shortened truncates a text that is longer than a name can be.
func shortened(text string) string {
	if len(text) <= maxIdentifier {
		return text
	}
	return strings.ToValidUTF8(text[:maxIdentifier], "") + "..."
}
