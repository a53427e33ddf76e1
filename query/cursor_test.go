package query_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

func cursorOf(t *testing.T, q query.Select, row string) string {
	t.Helper()
	var raw json.RawMessage
	if row != "" {
		raw = json.RawMessage(row)
	}
	cursor, err := q.Cursor(raw)
	if err != nil {
		t.Fatal(err)
	}
	return cursor
}

// Of the conditions that lose no row, the statement has the one that an index serves best.
func TestAfter(t *testing.T) {
	t.Parallel()
	a, b, id := query.Field("a"), query.Field("b"), query.Field("id")
	tests := []struct {
		name  string
		order []query.Order
		row   string
		want  string
		args  []any
	}{
		{"one key", []query.Order{id.Asc()}, `{"id":"5"}`, `(data->>'id') > $1 OR (data->>'id') IS NULL`, []any{"5"}},
		{"one key, never null", []query.Order{id.Asc().NotNull()}, `{"id":"5"}`, `(data->>'id') > $1`, []any{"5"}},
		{"one key, nulls first", []query.Order{id.Desc()}, `{"id":"5"}`, `(data->>'id') < $1`, []any{"5"}},
		{"two keys, nulls first", []query.Order{a.Desc(), id.Desc()}, `{"a":"x","id":"5"}`,
			`((data->>'a'), (data->>'id')) < ($1, $2)`, []any{"x", "5"}},
		{"two keys, never null", []query.Order{a.As(query.Date).Asc().NotNull(), id.Asc().NotNull()}, `{"a":"2024-01-01","id":"5"}`,
			`((data->>'a') COLLATE "C", (data->>'id')) > ($1, $2)`, []any{"2024-01-01", "5"}},
		{"mixed directions, the first never null", []query.Order{a.Asc().NotNull(), id.Desc()}, `{"a":"x","id":"5"}`,
			`(data->>'a') >= $1 AND ((data->>'a') > $1 OR ((data->>'a') = $1 AND ((data->>'id') < $2)))`, []any{"x", "5"}},
		{"nulls last", []query.Order{a.Asc(), id.Asc()}, `{"a":"x","id":"5"}`,
			`(data->>'a') > $1 OR (data->>'a') IS NULL OR ((data->>'a') = $1 AND ((data->>'id') > $2 OR (data->>'id') IS NULL))`,
			[]any{"x", "5"}},
		{"after a null, nulls last", []query.Order{a.Asc(), id.Asc()}, `{"id":"5"}`,
			`(data->>'a') IS NULL AND ((data->>'id') > $1 OR (data->>'id') IS NULL)`, []any{"5"}},
		{"after a null, nulls first", []query.Order{a.Desc(), id.Desc()}, `{"a":null,"id":"5"}`,
			`(data->>'a') IS NOT NULL OR ((data->>'a') IS NULL AND ((data->>'id') < $1))`, []any{"5"}},
		{"after the last row of all", []query.Order{a.Asc()}, `{}`, `false`, []any{}},
		{"three keys", []query.Order{a.Asc().Collate("C").NotNull(), b.Desc().NullsLast(), id.Asc().NotNull()}, `{"a":"x","id":"5"}`,
			`(data->>'a') COLLATE "C" >= $1 AND ((data->>'a') COLLATE "C" > $1 OR ((data->>'a') COLLATE "C" = $1 AND ` +
				`((data->>'b') IS NULL AND ((data->>'id') > $2))))`, []any{"x", "5"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			q := query.From("v").OrderBy(tt.order...)
			sql, args, err := q.After(cursorOf(t, q, tt.row)).Build()
			if err != nil {
				t.Fatal(err)
			}
			plain, _, err := q.Build()
			if err != nil {
				t.Fatal(err)
			}
			_, order, _ := strings.Cut(plain, " ORDER BY ")
			if diff := cmp.Diff(`SELECT data FROM "v" WHERE (`+tt.want+`) ORDER BY `+order, sql); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.args, args); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A cursor contains the key as the server sees it: the text of a string, the JSON text of any other value, and null if
// a value is not of the type.
func TestCursorReadsKeys(t *testing.T) {
	t.Parallel()
	tests := []struct {
		key       query.Ref
		row, want string // want "": null
	}{
		{query.Field("k"), `{"k": "a\"é\u00e9\ud83d\ude00"}`, "a\"éé😀"},
		{query.Field("k"), `{"k": 5.0e1}`, "5.0e1"},
		{query.Field("k"), `{"k": {"a": [1, "]"]}}`, `{"a": [1, "]"]}`},
		{query.Field("k"), `{"k": null}`, ""},
		{query.Field("k"), `{"j": {"k": 1}}`, ""},
		{query.Field("k"), `{"k": 1, "k": 2}`, "2"},
		{query.Field("k"), ``, ""}, // SQL NULL
		{query.Field("k"), `[{"k": 1}]`, ""},
		{query.Field(), `"whole"`, "whole"},
		{query.Field("a", "k"), `{"a": {"k": true}}`, "true"},
		{query.Field("a", "k"), `{"a": [{"k": true}]}`, ""},
		{query.Field("k").As(query.Numeric), `{"k": "5"}`, ""},
		{query.Field("k").As(query.Numeric), `{"k": -5e0}`, "-5e0"},
		{query.Field("k").As(query.Bool), `{"k": false}`, "false"},
		{query.Field("k").As(query.Bool), `{"k": 0}`, ""},
		{query.Field("k").As(query.UUID), `{"k": "0A1b2c3d-4e5f-6789-abcd-ef0123456789"}`, "0A1b2c3d-4e5f-6789-abcd-ef0123456789"},
		{query.Field("k").As(query.UUID), `{"k": "0a1b2c3d4e5f6789abcdef0123456789"}`, ""},
		{query.Field("k").As(query.Timestamp), `{"k": "2024-02-30"}`, ""},
		{query.Field("k").As(query.Timestamp), `{"k": "2024-02-29T01:02Z"}`, "2024-02-29T01:02Z"},
		{query.Field("k").As(query.Inet), `{"k": "::ffff:10.1.2.3/96"}`, "::ffff:10.1.2.3/96"},
		{query.Field("k").As(query.Ltree), `{"k": 5}`, ""},
	}
	for _, tt := range tests {
		q := query.From("v").OrderBy(tt.key.Desc())
		_, args, err := q.After(cursorOf(t, q, tt.row)).Build()
		if err != nil {
			t.Errorf("%s: %v", tt.row, err)
			continue
		}
		want := []any{}
		if tt.want != "" {
			want = append(want, tt.want)
		}
		if diff := cmp.Diff(want, args); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.row, diff)
		}
	}
}

// A cursor that was truncated or changed, or belongs to another order, is rejected.
func TestCursorIsRefused(t *testing.T) {
	t.Parallel()
	id, name := query.Field("id").As(query.Numeric), query.Field("name")
	q := query.From("v").OrderBy(name.Asc(), id.Asc())
	cursor := cursorOf(t, q, `{"id": 5, "name": "é/+&?"}`)
	if strings.ContainsAny(cursor, "+/=&?%") {
		t.Errorf("%q is not safe in a URL", cursor)
	}
	refused := func(what, cursor string, q query.Select) {
		t.Helper()
		var wrong *werr.UsageError
		if _, _, err := q.After(cursor).Build(); !errors.As(err, &wrong) {
			t.Errorf("%s: %v, want a UsageError", what, err)
		}
	}
	for i := range cursor {
		refused("truncated", cursor[:i], q)
		for _, c := range []string{"A", "b", "-", "!", "\x00"} {
			if changed := cursor[:i] + c + cursor[i+1:]; changed != cursor {
				refused("changed at "+cursor[:i], changed, q)
			}
		}
	}
	refused("longer", cursor+"A", q)
	refused("of another direction", cursor, query.From("v").OrderBy(name.Asc(), id.Desc()))
	refused("of another type", cursor, query.From("v").OrderBy(name.Asc(), query.Field("id").Asc()))
	refused("of another collation", cursor, query.From("v").OrderBy(name.Asc().Collate("C"), id.Asc()))
	refused("of fewer keys", cursor, query.From("v").OrderBy(name.Asc()))
	for _, tt := range []struct {
		name string
		q    query.Select
		row  string
	}{
		{"no order", query.From("v"), `{}`},
		{"a column", query.From("v").OrderBy(query.Column("id").Asc()), `{}`},
		{"not in the projection", q.Project(name), `{"name": "x"}`},
		{"only partly in the projection", query.From("v").OrderBy(query.Field("m").Asc()).Project(query.Field("m", "id")), `{}`},
		{"a count", q.Count(), `{}`},
		{"invalid JSON", q, `{`},
		{"null in spite of NotNull", query.From("v").OrderBy(id.Asc().NotNull()), `{}`},
	} {
		var wrong *werr.UsageError
		if _, err := tt.q.Cursor(json.RawMessage(tt.row)); !errors.As(err, &wrong) {
			t.Errorf("%s: %v, want a UsageError", tt.name, err)
		}
	}
	if _, err := q.Project(id, query.Field("name"), query.Field("x")).Cursor(json.RawMessage(`{"id":1,"name":"a"}`)); err != nil {
		t.Errorf("the keys are in the projection: %v", err)
	}
}
