package sqltext

import "strings"

// kind is the kind of a token, as far as this package distinguishes them.
type kind uint8

const (
	kindOther  kind = iota // a string, a number, an operator
	kindWord               // a keyword, or a name without quotes
	kindQuoted             // a name in double quotes; the token is the text between them
	kindDot
	kindOpen
	kindClose
)

// scanner cuts a statement into tokens (manual, "Lexical Structure"). Blanks and comments are skipped. A string, name
// or comment that is not closed extends to the end.
type scanner struct {
	sql   string
	at    int // index of the first byte not scanned yet
	kind  kind
	token string
}

// next scans a token; it returns false at the end.
func (s *scanner) next() bool {
	s.blank()
	if s.at >= len(s.sql) {
		return false
	}
	start := s.at
	s.kind = kindOther
	switch c := s.sql[start]; {
	case wordStart(c):
		s.word()
	case '0' <= c && c <= '9':
		s.run(wordPart)
	case c == '\'':
		s.quoted('\'', false)
	case c == '"':
		s.kind = kindQuoted
		s.quoted('"', false)
		s.token = strings.TrimSuffix(s.sql[start+1:s.at], `"`)
		return true
	case c == '$':
		s.dollar()
	default:
		s.at++
		switch c {
		case '.':
			s.kind = kindDot
		case '(':
			s.kind = kindOpen
		case ')':
			s.kind = kindClose
		}
	}
	s.token = s.sql[start:s.at]
	return true
}

// part scans a dot and the name after it; if something else follows, it returns false and scans nothing.
func (s *scanner) part() bool {
	before := *s
	if s.next() && s.kind == kindDot && s.next() && (s.kind == kindWord || s.kind == kindQuoted) {
		return true
	}
	*s = before
	return false
}

// word scans a word, or a string that begins with a letter: E'...' has escapes, which also apply to the parts that
// continue it on further lines.
func (s *scanner) word() {
	start := s.at
	s.run(wordPart)
	if !equalFold(s.sql[start:s.at], "e") || s.at >= len(s.sql) || s.sql[s.at] != '\'' {
		s.kind = kindWord
		return
	}
	for {
		s.quoted('\'', true)
		end := s.at
		s.blank()
		if s.at >= len(s.sql) || s.sql[s.at] != '\'' || !strings.ContainsAny(s.sql[end:s.at], "\r\n") {
			s.at = end
			return
		}
	}
}

// quoted scans the text between two quotes of one kind; a doubled quote is part of it.
func (s *scanner) quoted(quote byte, escapes bool) {
	for s.at++; s.at < len(s.sql); s.at++ {
		switch c := s.sql[s.at]; {
		case c == '\\' && escapes:
			s.at++
		case c == quote && s.at+1 < len(s.sql) && s.sql[s.at+1] == quote:
			s.at++
		case c == quote:
			s.at++
			return
		}
	}
	s.at = len(s.sql)
}

// dollar scans $tag$...$tag$, or a parameter such as $1.
func (s *scanner) dollar() {
	start := s.at
	s.at++
	if s.at < len(s.sql) && wordStart(s.sql[s.at]) {
		s.run(func(c byte) bool { return wordPart(c) && c != '$' })
	}
	if s.at >= len(s.sql) || s.sql[s.at] != '$' {
		return
	}
	s.at++
	tag := s.sql[start:s.at]
	i := strings.Index(s.sql[s.at:], tag)
	if i < 0 {
		s.at = len(s.sql)
		return
	}
	s.at += i + len(tag)
}

// blank skips white space and comments.
func (s *scanner) blank() {
	for s.at < len(s.sql) {
		switch rest := s.sql[s.at:]; {
		case strings.IndexByte(" \t\n\r\f\v", rest[0]) >= 0:
			s.at++
		case strings.HasPrefix(rest, "--"):
			end := strings.IndexAny(rest, "\r\n")
			if end < 0 {
				end = len(rest)
			}
			s.at += end
		case strings.HasPrefix(rest, "/*"):
			s.comment()
		default:
			return
		}
	}
}

// comment skips a comment between /* and */, which may contain other comments.
func (s *scanner) comment() {
	depth := 0
	for s.at < len(s.sql) {
		switch rest := s.sql[s.at:]; {
		case strings.HasPrefix(rest, "/*"):
			depth++
			s.at += 2
		case strings.HasPrefix(rest, "*/"):
			depth--
			s.at += 2
			if depth == 0 {
				return
			}
		default:
			s.at++
		}
	}
}

func (s *scanner) run(part func(byte) bool) {
	for s.at < len(s.sql) && part(s.sql[s.at]) {
		s.at++
	}
}

func wordStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func wordPart(c byte) bool { return wordStart(c) || '0' <= c && c <= '9' || c == '$' }
