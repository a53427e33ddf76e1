package query

import (
	"fmt"
	"strconv"
	"strings"
)

// raw is a condition in SQL that the program has written itself.
type raw struct {
	sql  string
	args []any
}

func (r *raw) write(b *builder) {
	before := len(b.args)
	b.args = append(b.args, r.args...)
	s := sqlScanner{sql: r.sql}
	used := make([]bool, len(r.args))
	for s.next() {
		token := r.sql[s.start:s.at]
		if s.parameter == 0 {
			b.write(token)
			continue
		}
		if s.parameter > len(r.args) {
			b.fail(fmt.Sprintf("WhereSQL: it has $%d, but %d arguments", s.parameter, len(r.args)))
			return
		}
		used[s.parameter-1] = true
		b.parameter(before + s.parameter)
	}
	if s.problem == "" && strings.TrimSpace(r.sql) == "" {
		s.problem = "it is empty"
	}
	if detail := badText(r.sql); detail != "" {
		s.problem = "it " + detail
	}
	if s.problem != "" {
		b.fail("WhereSQL: " + s.problem)
	}
	for i := range used {
		if !used[i] {
			b.fail(fmt.Sprintf("WhereSQL: argument %d is not used: there is no $%d", i+1, i+1))
		}
	}
	b.write("\n") // it may end in a comment
}

// sqlScanner splits a condition into tokens, as far as needed to find its parameters and to check that it is complete
// (manual, "Lexical Structure").
type sqlScanner struct {
	sql       string
	start, at int
	parameter int    // number of the parameter that the token is; 0: another token
	depth     int    // number of open parentheses
	problem   string // why the condition is invalid
}

// next advances to the next token. At the end, it sets problem if something is not closed.
func (s *sqlScanner) next() bool {
	s.start, s.parameter = s.at, 0
	if s.problem != "" {
		return false
	}
	if s.at == len(s.sql) {
		if s.depth > 0 {
			s.problem = "a parenthesis is not closed"
		}
		return false
	}
	rest := s.sql[s.at:]
	switch c := rest[0]; {
	case c == '\'':
		s.quotes(rest, '\'', false)
	case c == '"':
		s.quotes(rest, '"', false)
	case strings.HasPrefix(rest, "--"):
		s.upTo(rest, "\n", false)
	case strings.HasPrefix(rest, "/*"):
		s.comment(rest)
	case c == '$':
		s.dollar(rest)
	case isWord(c):
		s.word(rest)
	default:
		s.at++
		s.sign(c)
	}
	return true
}

func isWord(c byte) bool {
	return c == '_' || c >= 0x80 || 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

func (s *sqlScanner) sign(c byte) {
	switch c {
	case '(':
		s.depth++
	case ')':
		if s.depth--; s.depth < 0 {
			s.problem = "a parenthesis is closed that was not opened"
		}
	case ';':
		s.problem = "it contains a semicolon"
	}
}

// word consumes a name or number, in which dollar signs are not parameters, or a string with escapes: E'...'.
func (s *sqlScanner) word(rest string) {
	n := 0
	for n < len(rest) && (isWord(rest[n]) || rest[n] == '$') {
		n++
	}
	s.at += n
	if n == 1 && (rest[0] == 'e' || rest[0] == 'E') && strings.HasPrefix(rest[1:], "'") {
		s.quotes(rest[1:], '\'', true)
	}
}

// quotes consumes a quoted token. One that contains a doubled quote is scanned as two tokens, one after the other.
func (s *sqlScanner) quotes(rest string, quote byte, escapes bool) {
	for i := 1; i < len(rest); i++ {
		switch {
		case escapes && rest[i] == '\\':
			i++
		case escapes && rest[i] == quote && i+1 < len(rest) && rest[i+1] == quote:
			i++
		case rest[i] == quote:
			s.at += i + 1
			return
		}
	}
	s.problem = "a quote is not closed"
}

// upTo consumes everything up to and including closing. If closing is missing, it is a problem if it is needed;
// otherwise the token extends to the end.
func (s *sqlScanner) upTo(rest, closing string, needed bool) {
	i := strings.Index(rest, closing)
	switch {
	case i >= 0:
		s.at += i + len(closing)
	case needed:
		s.problem = "a quote is not closed"
	default:
		s.at = len(s.sql)
	}
}

// comment consumes a comment, which may contain others.
func (s *sqlScanner) comment(rest string) {
	depth := 0
	for i := 0; i+1 < len(rest); i++ {
		switch rest[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
		}
		if depth == 0 {
			s.at += i + 1
			return
		}
	}
	s.problem = "a comment is not closed"
}

// dollar consumes a parameter, or a dollar-quoted string.
func (s *sqlScanner) dollar(rest string) {
	n := 1
	for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
		n++
	}
	if n > 1 {
		s.at += n
		if s.parameter, _ = strconv.Atoi(rest[1:n]); s.parameter == 0 {
			s.problem = rest[:n] + " is not a parameter"
		}
		return
	}
	for n < len(rest) && isWord(rest[n]) {
		n++
	}
	if n == len(rest) || rest[n] != '$' {
		s.at++
		return
	}
	tag := rest[:n+1]
	s.at += len(tag)
	s.upTo(rest[len(tag):], tag, true)
}
