// Package sqltext extracts from the text of a statement what metrics and retries need to know about it.
package sqltext

import (
	"strings"
	"unicode/utf8"
)

const (
	// maxDescribed is how much of a statement is examined, in bytes, so that a list of a million values does not cost
	// more than the rest of the query. What follows is ignored.
	maxDescribed = 64 << 10
	// maxEntity is the longest name that PostgreSQL keeps (NAMEDATALEN - 1), in bytes.
	maxEntity = 63
)

// Statement describes a query for metrics.
type Statement struct {
	Entity  string // "user" for FROM v_user or tv_user; "" if there is none
	Where   bool   // there is a WHERE outside quotes and comments
	OrderBy bool   // the same for ORDER BY
}

// Describe examines the tokens of sql in one pass that ends as soon as the description is complete. It is not a parser:
// the result is right for statements that PostgreSQL accepts, and harmless for others.
//
// The entity is the first table after a FROM whose name begins with v_ or tv_, with or without a schema or double
// quotes. As in PostgreSQL, a name without quotes is folded to lower case. FROM counts only with a SELECT in the same
// parentheses, so not in extract(year FROM v_date), and not in IS DISTINCT FROM.
func Describe(sql string) Statement {
	s := describer{scanner: scanner{sql: sql[:min(len(sql), maxDescribed)]}}
	for !s.complete() && s.scanner.next() {
		s.take()
	}
	return s.Statement
}

// describer keeps what must be known about the tokens before the current one.
type describer struct {
	Statement
	scanner scanner
	before  string // the previous word; "" if the previous token was something else
	dotted  bool   // the previous token was a dot: a word is the name of a column or a table
	from    bool   // the first table of a FROM comes next
	selects uint64 // a bit for each open parenthesis, innermost lowest, set if there is a SELECT in it
}

func (s *describer) complete() bool { return s.Entity != "" && s.Where && s.OrderBy }

// take processes one token.
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

// table takes the name after FROM: words and quoted names with dots between them, of which the last counts. A keyword
// in its place, as in FROM (SELECT ...), is processed as a keyword.
func (s *describer) table() {
	if s.scanner.kind == kindWord {
		s.keyword(s.scanner.token)
	}
	name, kind := s.scanner.token, s.scanner.kind
	for s.scanner.part() {
		name, kind = s.scanner.token, s.scanner.kind
	}
	if s.scanner.at == maxDescribed {
		return // it may be cut off
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

// truncated truncates a name where PostgreSQL does, between two characters.
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

// equalFold reports whether word is a keyword, given in lower case; it folds ASCII letters only.
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
