// Package sqltext finds in the text of a statement what metrics say about it.
package sqltext

import (
	"strings"
	"unicode/utf8"
)

const (
	// maxDescribed is how much of a statement is looked at, in bytes: a list of a million values costs no more than the
	// query it stands in. What comes later is not described.
	maxDescribed = 64 << 10
	// maxEntity is the longest name that PostgreSQL keeps (NAMEDATALEN - 1), in bytes.
	maxEntity = 63
)

// Statement is what metrics say about a query.
type Statement struct {
	Entity  string // "user" for FROM v_user or tv_user; "" where there is none
	Where   bool   // WHERE stands outside quotes and comments
	OrderBy bool   // so does ORDER BY
}

// Describe looks at the tokens of sql for what metrics say about it, in one pass that ends as soon as all is known. It
// is no parser: it is right about statements that PostgreSQL accepts, and harmless about others.
//
// The entity is the first table after a FROM whose name begins with v_ or tv_, with or without a schema or double
// quotes. Case is as PostgreSQL has it: lower for a name without quotes. FROM counts next to a SELECT in the same
// parentheses, so not in extract(year FROM v_date), and not in IS DISTINCT FROM.
func Describe(sql string) Statement {
	s := describer{scanner: scanner{sql: sql[:min(len(sql), maxDescribed)]}}
	for !s.complete() && s.scanner.next() {
		s.take()
	}
	return s.Statement
}

// describer keeps what must be known of the tokens before the present one.
type describer struct {
	Statement
	scanner scanner
	before  string // the word before; "" where something else stood there
	dotted  bool   // a dot stood before: a word is the name of a column or a table
	from    bool   // in front of the first table of a FROM
	selects uint64 // a bit for each open parenthesis, innermost lowest: a SELECT stands in it
}

func (s *describer) complete() bool { return s.Entity != "" && s.Where && s.OrderBy }

// take looks at one token.
func (s *describer) take() {
	token := s.scanner.token
	word := ""
	switch s.scanner.kind {
	case kindWord, kindQuoted:
		if s.from && !equalFold(token, "only") && !equalFold(token, "lateral") {
			s.from = false
			s.table()
			s.before, s.dotted = "", false
			return
		}
		if s.scanner.kind == kindWord && !s.dotted && !equalFold(s.before, "as") {
			word = token
			s.keyword(word)
		}
	case kindOpen:
		s.selects <<= 1
	case kindClose:
		s.selects >>= 1
		s.from = false
	default:
		s.from = false
	}
	s.before, s.dotted = word, s.scanner.kind == kindDot
}

func (s *describer) keyword(word string) {
	switch {
	case equalFold(word, "select"):
		s.selects |= 1
	case equalFold(word, "from"):
		s.from = s.Entity == "" && s.selects&1 != 0 && !equalFold(s.before, "distinct")
	case equalFold(word, "where"):
		s.Where = true
	case equalFold(word, "by"):
		s.OrderBy = s.OrderBy || equalFold(s.before, "order")
	}
}

// table takes the name after FROM: words and quoted names with dots between them, the last of which counts. A keyword
// in its place, as in FROM (SELECT ...), is looked at as one.
func (s *describer) table() {
	if s.scanner.kind == kindWord {
		s.keyword(s.scanner.token)
	}
	name, kind := s.scanner.token, s.scanner.kind
	for s.scanner.part() {
		name, kind = s.scanner.token, s.scanner.kind
	}
	if s.scanner.at == maxDescribed {
		return // it may be cut
	}
	if kind == kindWord {
		name = strings.Map(lower, name)
	} else {
		name = strings.ReplaceAll(name, `""`, `"`)
	}
	entity, ok := strings.CutPrefix(truncated(name), "v_")
	if !ok {
		entity, ok = strings.CutPrefix(truncated(name), "tv_")
	}
	if ok {
		s.Entity = entity
	}
}

// truncated cuts a name where PostgreSQL does, between two characters.
func truncated(name string) string {
	if len(name) <= maxEntity {
		return name
	}
	end := maxEntity
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

// equalFold compares a word with a keyword in lower case; only letters of ASCII fold.
func equalFold(word, keyword string) bool {
	if len(word) != len(keyword) {
		return false
	}
	for i := range len(word) {
		if lower(rune(word[i])) != rune(keyword[i]) {
			return false
		}
	}
	return true
}

func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
