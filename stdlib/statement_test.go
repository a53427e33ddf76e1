package stdlib_test

import (
	"context"
	"database/sql/driver"
	"strings"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stdlib"
)

func TestPrepare(t *testing.T) {
	for query, named := range map[string]string{ // what the error names; empty: no error
		"SELECT data FROM v_user":                        "",
		"  select 1":                                     "",
		"((SELECT 1) UNION (SELECT 2))":                  "",
		"-- a comment\n/* and /* one in */ one */ TABLE": "",
		"WITH x AS (SELECT 1) SELECT 1":                  "",
		"VALUES ('{}'::json)":                            "",
		"INSERT INTO t VALUES (1)":                       "INSERT",
		"/* SELECT */ update t set a = 1":                "UPDATE",
		"-- SELECT\nDELETE FROM t":                       "DELETE",
		"BEGIN":                                          "BEGIN",
		"selection":                                      "SELECTION",
		"":                                               "not a statement",
		"-- nothing":                                     "not a statement",
		"/* never ended":                                 "not a statement",
		"/* /* */":                                       "not a statement",
		"42":                                             "not a statement",
	} {
		statement, err := new(stdlib.Conn).Prepare(query)
		switch {
		case named == "" && (err != nil || statement == nil):
			t.Errorf("%q: %v", query, err)
		case named != "" && (werr.CategoryOf(err) != werr.CategoryUsage || !strings.Contains(err.Error(), named)):
			t.Errorf("%q: %v, want a usage error about %s", query, err, named)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	f.Add("/*/**/*/--\n(;SELECT")
	f.Fuzz(func(_ *testing.T, query string) {
		_, _ = new(stdlib.Conn).Prepare(query) // ends, without a panic
	})
}

// Everything that would write returns an error that says what to use, and needs no connection.
func TestWritesAreErrors(t *testing.T) {
	c := new(stdlib.Conn)
	statement, err := c.Prepare("SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"Exec":  func() error { _, err := c.ExecContext(context.Background(), "SELECT 1", nil); return err },
		"Begin": func() error { _, err := c.BeginTx(context.Background(), driver.TxOptions{}); return err },
		"Exec of a statement": func() error {
			_, err := statement.(driver.StmtExecContext).ExecContext(context.Background(), nil)
			return err
		},
	} {
		if err := call(); werr.CategoryOf(err) != werr.CategoryUsage || !strings.Contains(err.Error(), "pgx/v5/stdlib") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
