package fuzz

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// seeds returns the lines of a file below testdata. The integration tests run the resulting statements on real
// servers.
func seeds(f *testing.F, file string) []string {
	f.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		f.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// outside returns a schema with a field of each kind; it accepts other names if open is set.
func outside(open bool) *query.Schema {
	return &query.Schema{Open: open, Fields: map[string]query.Ref{
		"status": query.Field("status"), "name": query.Field("name"), "tags": query.Field("tags"), "tenant": query.Column("tenant"),
		"age": query.Field("age").As(query.Numeric), "at": query.Field("at").As(query.Timestamp),
		"net":   query.Field("net").As(query.Inet),
		"place": query.Field("place").As(query.Ltree).Tree("node", "id", "path"),
	}, Relations: map[string]*query.Schema{
		"machine": {Fields: map[string]query.Ref{"id": query.Field("machine", "id").As(query.UUID)}},
	}}
}

// FuzzFilter parses filters from outside. If one is accepted, it builds a statement; with a closed schema the text
// contains only words of this library, with an open one names are in quotes that they cannot end. Otherwise the error
// is a UsageError.
func FuzzFilter(f *testing.F) {
	for _, seed := range seeds(f, "filters.txt") {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, filter string, open bool) {
		p, err := query.ParseFilter([]byte(filter), outside(open))
		if err != nil {
			checkUsage(t, err)
			return
		}
		sql, args, err := query.From("v_user").Where(p).Build()
		if err != nil {
			t.Fatalf("%s is accepted, but does not build: %v", filter, err)
		}
		checkStatement(t, sql, len(args))
		again, _, err := query.From("v_user").Where(query.Not(p)).Build()
		if err != nil {
			t.Fatal(err)
		}
		checkStatement(t, again, len(args))
	})
}

// FuzzOrder parses orders from outside.
func FuzzOrder(f *testing.F) {
	for _, seed := range seeds(f, "orders.txt") {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, order string, open bool) {
		keys, err := query.ParseOrder([]byte(order), outside(open))
		if err != nil {
			checkUsage(t, err)
			return
		}
		sql, args, err := query.From("v_user").OrderBy(keys...).Build()
		if err != nil {
			t.Fatalf("%s is accepted, but does not build: %v", order, err)
		}
		checkStatement(t, sql, len(args))
	})
}

// FuzzCursor parses cursors from outside, and makes cursors from rows. A cursor that is accepted was made for the
// order; one made from a row is accepted, unless no server can send the row.
func FuzzCursor(f *testing.F) {
	f.Add("", `{"name": "a", "age": 5}`)
	f.Add("AAAAAAAAAAAAW251bGwsIjUiXQ", `{"name": null, "age": "5"}`)
	f.Add("Y", `{"name": "\u0000\ud83d\ude00", "age": 1e400}`)
	f.Add("Y", `{"name": "\ud800", "age": [}`)
	q := query.From("v_user").OrderBy(query.Field("name").Asc(), query.Field("age").As(query.Numeric).Desc())
	f.Fuzz(func(t *testing.T, cursor, row string) {
		if sql, args, err := q.After(cursor).Build(); err != nil {
			checkUsage(t, err)
		} else {
			checkStatement(t, sql, len(args))
		}
		made, err := q.Cursor([]byte(row))
		if err != nil {
			checkUsage(t, err)
			return
		}
		sql, args, err := q.After(made).Build()
		if err != nil { // no server can send this row
			checkUsage(t, err)
			return
		}
		checkStatement(t, sql, len(args))
	})
}

func checkUsage(t *testing.T, err error) {
	t.Helper()
	var wrong *werr.UsageError
	if !errors.As(err, &wrong) {
		t.Errorf("%v, want a UsageError", err)
	}
}

var (
	literals    = regexp.MustCompile(`E'(?:[^'\\]|''|\\\\)*'|'[^']*'|"[^"]*"`)
	parameters  = regexp.MustCompile(`\$[0-9]+`)
	ownWords    = regexp.MustCompile(`^[A-Za-z0-9_$ ()<>=:@&|~*?.,{}\[\]#!-]*$`)
	notComments = strings.NewReplacer("->>", "", "->", "")
)

// checkStatement checks a statement as PostgreSQL parses it: apart from literals and quoted names it contains only
// words and signs of this library, no comment, no semicolon, and no parameter without an argument.
func checkStatement(t *testing.T, sql string, args int) {
	t.Helper()
	rest := literals.ReplaceAllString(sql, "")
	if !ownWords.MatchString(rest) || strings.Contains(notComments.Replace(rest), "--") || strings.Contains(rest, "/*") ||
		strings.Count(rest, "(") != strings.Count(rest, ")") {
		t.Errorf("%s contains text outside its quotes: %s", sql, rest)
	}
	for _, p := range parameters.FindAllString(rest, -1) {
		if n := len(p); n > 6 || p == "$0" || atoi(p[1:]) > args {
			t.Errorf("%s has no argument in %s", p, sql)
		}
	}
}

func atoi(digits string) (n int) {
	for _, d := range digits {
		n = 10*n + int(d-'0')
	}
	return n
}
