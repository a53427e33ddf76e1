package sqlx_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stdlib"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// document is a row as programs with sqlx declare it.
type document struct {
	Data json.RawMessage
}

const numbered = "SELECT json_build_object('n', g) AS data FROM generate_series(1, 3) AS g WHERE g >= $1::int ORDER BY g"

func open(t *testing.T) *sqlx.DB {
	t.Helper()
	dsn := os.Getenv("DATABASE_URL")
	if dsn == "" {
		t.Fatal("DATABASE_URL is not set: make test sets it, and so does go run ./integration/withpg")
	}
	sqlx.BindDriver("fraiseql-wire", sqlx.DOLLAR)
	db, err := sqlx.ConnectContext(t.Context(), "fraiseql-wire", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Each of sqlx's ways to read returns the same rows.
func TestReads(t *testing.T) {
	t.Parallel()
	db := open(t)
	want := []string{`{"n" : 2}`, `{"n" : 3}`}
	for name, read := range map[string]func() ([]string, error){
		"Select into RawMessage": func() ([]string, error) {
			var rows []json.RawMessage
			err := db.SelectContext(t.Context(), &rows, numbered, 2)
			return texts(rows), err
		},
		"Select into strings": func() (rows []string, err error) {
			return rows, db.SelectContext(t.Context(), &rows, numbered, 2)
		},
		"Select into structs": func() ([]string, error) {
			var rows []document
			err := db.SelectContext(t.Context(), &rows, numbered, 2)
			var all []json.RawMessage
			for _, row := range rows {
				all = append(all, row.Data)
			}
			return texts(all), err
		},
		"Queryx, StructScan": func() (all []string, err error) {
			rows, err := db.QueryxContext(t.Context(), numbered, 2)
			if err != nil {
				return nil, err
			}
			defer rows.Close()
			for rows.Next() {
				var row document
				if err := rows.StructScan(&row); err != nil {
					return nil, err
				}
				all = append(all, string(row.Data))
			}
			return all, rows.Err()
		},
		"Queryx, RawBytes": func() (all []string, err error) {
			rows, err := db.QueryxContext(t.Context(), numbered, 2)
			if err != nil {
				return nil, err
			}
			defer rows.Close()
			for rows.Next() {
				var row sql.RawBytes
				if err := rows.Scan(&row); err != nil {
					return nil, err
				}
				all = append(all, string(row))
			}
			return all, rows.Err()
		},
		"named parameters": func() (all []string, err error) {
			query, args, err := db.BindNamed(`SELECT json_build_object('n', g) AS data FROM generate_series(1, 3) AS g
				WHERE g >= cast(:from AS int) ORDER BY g`, map[string]any{"from": 2})
			if err != nil {
				return nil, err
			}
			return all, db.SelectContext(t.Context(), &all, query, args...)
		},
		"In": func() (all []string, err error) {
			query, args, err := sqlx.In("SELECT json_build_object('n', g) AS data FROM generate_series(1, 3) AS g "+
				"WHERE g::text IN (?) ORDER BY g", []string{"2", "3"})
			if err != nil {
				return nil, err
			}
			return all, db.SelectContext(t.Context(), &all, db.Rebind(query), args...)
		},
		"prepared": func() (all []string, err error) {
			statement, err := db.PreparexContext(t.Context(), numbered)
			if err != nil {
				return nil, err
			}
			defer statement.Close()
			return all, statement.SelectContext(t.Context(), &all, 2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := read()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func texts(rows []json.RawMessage) (all []string) {
	for _, row := range rows {
		all = append(all, string(row))
	}
	return all
}

func TestGet(t *testing.T) {
	t.Parallel()
	db := open(t)
	var row document
	if err := db.GetContext(t.Context(), &row, numbered, 3); err != nil || string(row.Data) != `{"n" : 3}` {
		t.Errorf("%s, error %v", row.Data, err)
	}
	if err := db.GetContext(t.Context(), &row, numbered, 4); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("no row: %v", err)
	}
	var null *string
	if err := db.GetContext(t.Context(), &null, "SELECT NULL::json AS data"); err != nil || null != nil {
		t.Errorf("NULL: %v, error %v", null, err)
	}
}

// Settings of a query are passed in the context.
func TestSettings(t *testing.T) {
	t.Parallel()
	db := open(t)
	var tenant string
	ctx := stdlib.WithOptions(t.Context(), stream.WithSetting("app.tenant", "acme"))
	if err := db.GetContext(ctx, &tenant, "SELECT to_json(current_setting('app.tenant')) AS data"); err != nil || tenant != `"acme"` {
		t.Errorf("%s, error %v", tenant, err)
	}
}

// A statement that is not a query returns an error, and the connection stays usable.
func TestWrites(t *testing.T) {
	t.Parallel()
	db := open(t)
	db.SetMaxOpenConns(1)
	var wrong *werr.UsageError
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE never (n int)"); !errors.As(err, &wrong) {
		t.Errorf("Exec: %v", err)
	}
	if _, err := db.BeginTxx(t.Context(), nil); !errors.As(err, &wrong) {
		t.Errorf("Begin: %v", err)
	}
	var schema *werr.SchemaError
	var n int
	if err := db.GetContext(t.Context(), &n, "SELECT 1 AS n"); !errors.As(err, &schema) {
		t.Errorf("a column of another name: %v", err)
	}
	var row string
	if err := db.GetContext(t.Context(), &row, numbered, 3); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
