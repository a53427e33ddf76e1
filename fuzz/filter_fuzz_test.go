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

// seeds are the lines of a file below testdata. The integration tests run what they become on real servers.
func seeds(f *testing.F, file string) []string {
	f.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		f.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// outside is a schema with a field of each kind; names that are not listed are open where open says so.
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

// FuzzFilter reads filters from outside. What is read builds a statement; with a closed schema its text is made of this
// library's own words alone, with an open one names stand in quotes that they cannot leave. All else is a UsageError.
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
			t.Fatalf("%s is read, and then: %v", filter, err)
		}
		checkStatement(t, sql, len(args))
		again, _, err := query.From("v_user").Where(query.Not(p)).Build()
		if err != nil {
			t.Fatal(err)
		}
		checkStatement(t, again, len(args))
	})
}

// FuzzOrder reads orders from outside.
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
			t.Fatalf("%s is read, and then: %v", order, err)
		}
		checkStatement(t, sql, len(args))
	})
}

// FuzzCursor reads cursors from outside, and makes them of rows. A cursor that is read was made for the order; one that is
// made can be read, and is the same for the same row.
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
		if err != nil { // the row is none that a server can send
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

// checkStatement looks at a statement as PostgreSQL does: beside literals and quoted names there are the words and signs of
// this library alone, no comment, no semicolon, and no parameter without an argument.
func checkStatement(t *testing.T, sql string, args int) {
	t.Helper()
	rest := literals.ReplaceAllString(sql, "")
	if !ownWords.MatchString(rest) || strings.Contains(notComments.Replace(rest), "--") || strings.Contains(rest, "/*") ||
		strings.Count(rest, "(") != strings.Count(rest, ")") {
		t.Errorf("something has left its quotes in %s: %s", sql, rest)
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
