package integration_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stdlib"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// openDB returns a database with a single connection, so that an unusable connection is noticed.
func openDB(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("fraiseql-wire", dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// askDB returns the only row of a query.
func askDB(t *testing.T, db *sql.DB, query string, args ...any) (row string) {
	t.Helper()
	if err := db.QueryRowContext(testbed.Context(t), query, args...).Scan(&row); err != nil {
		t.Errorf("%s: %v", query, err)
	}
	return row
}

// document is a sql.Scanner.
type document struct{ ID int }

func (d *document) Scan(src any) error {
	text, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("a %T", src)
	}
	return json.Unmarshal(text, d)
}

func TestSQLScansRows(t *testing.T) {
	t.Parallel()
	db := openDB(t, testbed.DSN(t))
	var (
		raw  json.RawMessage
		text string
		b    []byte
		d    document
		null sql.Null[string]
	)
	for _, dest := range []any{&raw, &text, &b, &d} {
		if err := db.QueryRowContext(testbed.Context(t), testbed.Documents(1)).Scan(dest); err != nil {
			t.Errorf("%T: %v", dest, err)
		}
	}
	if err := db.QueryRowContext(testbed.Context(t), "SELECT NULL::json AS data").Scan(&null); err != nil || null.Valid {
		t.Errorf("NULL: %+v, %v", null, err)
	}
	askDB(t, db, "SELECT to_json(repeat('x', 100)) AS data") // overwrites the buffer of the first row
	const want = `{"id": 1}`
	if string(raw) != want || text != want || string(b) != want || d.ID != 1 {
		t.Errorf("%s, %s, %s, %+v", raw, text, b, d)
	}
}

func TestSQLRawBytes(t *testing.T) {
	t.Parallel()
	db := openDB(t, testbed.DSN(t))
	rows, err := db.QueryContext(testbed.Context(t), testbed.Numbered(1000, 100))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil || len(types) != 1 || types[0].Name() != "data" || types[0].DatabaseTypeName() != "JSONB" {
		t.Errorf("column types %v, %v", types, err)
	}
	n := 0
	for rows.Next() {
		var data sql.RawBytes
		if err := rows.Scan(&data); err != nil {
			t.Fatal(err)
		}
		if n++; testbed.Number(data) != n {
			t.Fatalf("row %d is %s", n, data)
		}
	}
	if err := rows.Err(); err != nil || n != 1000 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// A []byte is sent as text if it is text, and otherwise as bytea; conn.Bytea is always a bytea.
func TestSQLArguments(t *testing.T) {
	t.Parallel()
	db := openDB(t, testbed.DSN(t))
	for _, tt := range []struct {
		sql  string
		arg  any
		want string
	}{
		{"$1::text", []byte("ann"), `"ann"`},
		{"$1::jsonb", []byte(`{"a": 1}`), `{"a": 1}`},
		{"encode($1::bytea, 'hex')", []byte{0xff, 0x00}, `"ff00"`},
		{"encode($1::bytea, 'hex')", conn.Bytea("ann"), `"616e6e"`},
		{"$1::text IS NULL", []byte(nil), `true`},
		{"$1::int + 1", int64(41), `42`},
	} {
		if got := askDB(t, db, "SELECT to_jsonb("+tt.sql+") AS data", tt.arg); got != tt.want {
			t.Errorf("%s of %#v is %s, want %s", tt.sql, tt.arg, got, tt.want)
		}
	}
	const statement = "SELECT to_json($1::text) AS data"
	_, err := db.QueryContext(testbed.Context(t), statement, sql.Named("name", "x")) //nolint:rowserrcheck // it fails
	testbed.CheckCategory(t, err, werr.CategoryUsage)
}

// Rows.Close before the end, and the end of a context, cancel the query on the server, and the connection is used
// again.
func TestSQLLeavesEarly(t *testing.T) {
	t.Parallel()
	db := openDB(t, testbed.DSN(t))
	pid := askDB(t, db, "SELECT to_json(pg_backend_pid()) AS data")
	for name, leave := range map[string]func(rows *sql.Rows, stop func()){
		"Close":   func(rows *sql.Rows, _ func()) { _ = rows.Close() },
		"context": func(rows *sql.Rows, stop func()) { stop(); _ = rows.Close() },
	} {
		ctx, stop := context.WithCancel(testbed.Context(t))
		rows, err := db.QueryContext(ctx, testbed.Numbered(testbed.Endless, 100))
		if err != nil || !rows.Next() {
			t.Fatalf("%s: %v", name, err)
		}
		leave(rows, stop)
		stop()
		if got := askDB(t, db, "SELECT to_json(pg_backend_pid()) AS data"); got != pid {
			t.Errorf("%s: backend %s answers, want %s", name, got, pid)
		}
	}
}

func TestSQLOptionsTravelInTheContext(t *testing.T) {
	t.Parallel()
	db := openDB(t, testbed.DSN(t))
	ctx := stdlib.WithOptions(testbed.Context(t), stream.WithSetting("app.tenant", "acme"))
	const ask = "SELECT to_json(current_setting('app.tenant', true)) AS data"
	var got string
	if err := db.QueryRowContext(ctx, ask).Scan(&got); err != nil || got != `"acme"` {
		t.Errorf("%s, %v", got, err)
	}
	if got := askDB(t, db, ask); got != `""` && got != "null" {
		t.Errorf("left behind: %s", got)
	}
}

func TestSQLReadsAlone(t *testing.T) {
	t.Parallel()
	db := stdlib.OpenDB(testbed.Config(t, testbed.DSN(t)))
	defer db.Close()
	_, errExec := db.ExecContext(testbed.Context(t), "CREATE TABLE sql_never (a int)")
	_, errBegin := db.BeginTx(testbed.Context(t), nil)
	_, errPrepare := db.PrepareContext(testbed.Context(t), "INSERT INTO sql_never VALUES (1)")
	for _, err := range []error{errExec, errBegin, errPrepare} {
		testbed.CheckCategory(t, err, werr.CategoryUsage)
	}
	kept, err := db.PrepareContext(testbed.Context(t), "SELECT to_json($1::int) AS data")
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	for _, n := range []int{1, 2} {
		var got []byte
		if err := kept.QueryRowContext(testbed.Context(t), n).Scan(&got); err != nil || !bytes.Equal(got, fmt.Append(nil, n)) {
			t.Errorf("%s, %v", got, err)
		}
	}
}

// database/sql uses another connection if an idle one was found dead, and gets the server's errors unchanged.
func TestSQLReplacesADeadConnection(t *testing.T) {
	t.Parallel()
	db := openDB(t, testbed.DSN(t))
	var pid uint32
	if err := json.Unmarshal([]byte(askDB(t, db, "SELECT to_json(pg_backend_pid()) AS data")), &pid); err != nil {
		t.Fatal(err)
	}
	o := testbed.Observe(t, testbed.DSN(t))
	o.Terminate(pid)
	o.WaitGone(pid)
	if got := askDB(t, db, "SELECT to_json(pg_backend_pid()) AS data"); got == fmt.Sprint(pid) {
		t.Errorf("answered by %s, which was terminated", got)
	}
	_, err := db.QueryContext(testbed.Context(t), "SELECT nothing") //nolint:rowserrcheck // it fails
	var refused *werr.ServerError
	if !errors.As(err, &refused) || refused.Code != "42703" {
		t.Errorf("%v", err)
	}
}
