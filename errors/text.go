package errors

import (
	"strconv"
	"strings"
	"unicode"
)

// maxText is the most that an error shows of a server's text, in bytes.
const maxText = 4 << 10

const prefix = "fraiseql: "

// inner returns the text of an error that is shown inside another one, without the prefix, which the outer one has.
func inner(err error) string {
	if err == nil {
		return "unknown error"
	}
	return strings.ReplaceAll(err.Error(), prefix, "")
}

// printable escapes control characters, which could control a terminal or break a log's lines, and bytes that are not
// UTF-8. It cuts s after maxText bytes.
func printable(s string) string {
	if len(s) > maxText {
		s = s[:maxText] + "..."
	}
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == unicode.ReplacementChar && s[i] != '\xef':
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i]), 16))
		case hidden(r):
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }
