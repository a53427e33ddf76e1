package query_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

func TestBuild(t *testing.T) {
	t.Parallel()
	name, age := query.Field("name"), query.Field("age")
	tests := []struct {
		name string
		q    query.Select
		sql  string
		args []any
	}{
		{"all", query.From("v_user"), `SELECT data FROM "v_user"`, []any{}},
		{"schema", query.From("app.v_user"), `SELECT data FROM "app"."v_user"`, []any{}},
		{"quotes in a name", query.From(`v_"user`), `SELECT data FROM "v_""user"`, []any{}},
		{"text", query.From("v").Where(name.Eq("a")),
			`SELECT data FROM "v" WHERE ((data->>'name') = $1 AND jsonb_typeof((data->'name')::jsonb) = 'string')`, []any{"a"}},
		{"number", query.From("v").Where(age.Gte(18)),
			`SELECT data FROM "v" WHERE (CASE WHEN jsonb_typeof((data->'age')::jsonb) = 'number' THEN (data->>'age')::numeric END ` +
				`>= $1::numeric)`, []any{18}},
		{"a key with everything", query.From("v").Where(query.Field(`a'b\c"`, "").IsNull()),
			`SELECT data FROM "v" WHERE ((data->E'a''b\\c"'->>'') IS NULL)`, []any{}},
		{"columns", query.From("v").Where(query.Column("age").Gt(18), query.Column("name").Nin("a", "b")),
			`SELECT data FROM "v" WHERE ("age" > $1) AND (("name" = ANY($2)) IS NOT TRUE)`, []any{18, []string{"a", "b"}}},
		{"a column of a type", query.From("v").Where(query.Column("path").DescendantOf("top"), query.Column("id").As(query.UUID).
			In([]string{"0a1b2c3d-4e5f-6789-abcd-ef0123456789"})),
			`SELECT data FROM "v" WHERE ("path" <@ $1::ltree) AND ("id" = ANY($2::uuid[]))`,
			[]any{"top", []string{"0a1b2c3d-4e5f-6789-abcd-ef0123456789"}}},
		{"and, or, not", query.From("v").Where(query.Or(query.Column("a").Eq(1), query.And()), query.Not(query.Or())),
			`SELECT data FROM "v" WHERE (("a" = $1) OR (true)) AND ((false) IS NOT TRUE)`, []any{1}},
		{"WhereSQL", query.From("v").Where(query.Column("tenant").Eq(7)).WhereSQL("a = $2 OR b = $1 -- all", 1, 2).
			WhereSQL(`c$1 <> '$1' AND "$2" = $q$ $3 ( $q$ AND d = E'\'$1' /* $1 /* ) */ */ AND e = $1`, 3),
			`SELECT data FROM "v" WHERE ("tenant" = $1) AND (a = $3 OR b = $2 -- all` + "\n" +
				`) AND (c$1 <> '$1' AND "$2" = $q$ $3 ( $q$ AND d = E'\'$1' /* $1 /* ) */ */ AND e = $4` + "\n" + `)`, []any{7, 1, 2, 3}},
		{"order, limit, offset", query.From("v").OrderBy(name.Desc().NullsLast().Collate("pg_catalog.C"), age.As(query.Numeric).Asc(),
			query.Column("id").Asc().NullsFirst()).Limit(10).Offset(20),
			`SELECT data FROM "v" ORDER BY (data->>'name') COLLATE "pg_catalog"."C" DESC NULLS LAST, ` +
				`CASE WHEN jsonb_typeof((data->'age')::jsonb) = 'number' THEN (data->>'age')::numeric END, "id" NULLS FIRST ` +
				`LIMIT $1::bigint OFFSET $2::bigint`, []any{int64(10), int64(20)}},
		{"a collation of the operating system", query.From("v").OrderBy(name.Asc().Collate("en_US.utf8")),
			`SELECT data FROM "v" ORDER BY (data->>'name') COLLATE "en_US.utf8"`, []any{}},
		{"projection", query.From("v").Project(query.Field("id"), query.Column("age")),
			`SELECT jsonb_build_object('id', data->'id', 'age', "age") AS data FROM "v"`, []any{}},
		{"count", query.From("v").Where(query.Column("a").Eq("x")).OrderBy(name.Asc()).Limit(3).Count(),
			`SELECT jsonb_build_object('count', count(*)) AS data FROM "v" WHERE ("a" = $1)`, []any{"x"}},
		{"mixed list", query.From("v").Where(age.In(1, "a", nil, 2.5)),
			`SELECT data FROM "v" WHERE (((data->>'age') = ANY($1::text[]) AND jsonb_typeof((data->'age')::jsonb) = 'string') OR ` +
				`(CASE WHEN jsonb_typeof((data->'age')::jsonb) = 'number' THEN (data->>'age')::numeric END = ANY($2::numeric[])) OR ` +
				`(data->>'age') IS NULL)`, []any{[]string{"a"}, []string{"1", "2.5"}}},
		{"times", query.From("v").Where(query.Column("at").Gt(time.Unix(0, 0).UTC()), query.Field("at").As(query.Date).Eq(time.Unix(0, 0).UTC())),
			`SELECT data FROM "v" WHERE ("at" > $1) AND ((data->>'at') COLLATE "C" = $2 AND (data->>'at') ~ '` + datePattern + `')`,
			[]any{time.Unix(0, 0).UTC(), "1970-01-01"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sql, args, err := tt.q.Build()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.sql, sql); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.args, args); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

const datePattern = `^(?:(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|` +
	`(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|` +
	`(?:0[48]|[2468][048]|[13579][26])00)-02-29)$`

// refusal is an invalid statement, and what the error must contain.
type refusal struct {
	name string
	q    query.Select
	want string
}

// Invalid predicates are rejected before anything is sent, with an error that names the place.
func TestBuildRefusesPredicates(t *testing.T) {
	t.Parallel()
	x := query.Field("x")
	where := func(p query.Predicate) query.Select { return query.From("v").Where(p) }
	checkRefusals(t, []refusal{
		{"an unknown operator", where(x.Is("eqq", 1)), "x.eqq: unknown operator; did you mean eq?"},
		{"an unknown operator without a similar one", where(x.Is("zzzzzzzz", 1)), "x.zzzzzzzz: unknown operator"},
		{"a list for eq", where(x.Eq([]int{1})), "x.eq: want one value, got a list"},
		{"an object for in", where(x.In(map[string]int{})), "x.in: want one value, got an object"},
		{"one value for in", where(x.Is("in", "a")), "x.in: want a list, got a string"},
		{"null for gt", where(x.Gt(nil)), "x.gt: null has no order"},
		{"null for contains", where(x.Contains(nil)), "x.contains: want a string, got null"},
		{"null for array_contains", where(x.Is("array_contains", nil)), "x.array_contains"},
		{"a number for contains", where(x.Contains(1)), "x.contains: want a string, got a number"},
		{"bools have no order", where(x.Lt(true)), "x.lt"},
		{"documents have no order", where(x.As(query.JSON).Gt(1)), "x.gt: does not work on JSON"},
		{"a text operator on a number", where(x.As(query.Numeric).Contains("1")), "x.contains: does not work on Numeric"},
		{"NaN", where(x.Eq(math.NaN())), "x.eq: NaN"},
		{"infinity", where(query.Column("c").Lt(math.Inf(1))), "c.lt: +Inf"},
		{"NaN as text", where(x.As(query.Numeric).Eq("NaN")), "x.eq: want a number"},
		{"a number out of range for numeric", where(x.Eq(json.Number("1e200000"))), "x.eq: is a number out of range for numeric"},
		{"such a number in a list", where(x.In(json.Number("1e200000"))), "x.in: is a number out of range for numeric"},
		{"such a number in a document", where(x.As(query.JSON).Eq(json.RawMessage(`[1e-99999]`))), "out of range for numeric"},
		{"an invalid date", where(x.As(query.Date).Eq("2023-02-30")), "x.eq: want a date"},
		{"an invalid UUID", where(x.As(query.UUID).In("x")), "x.in: want a UUID"},
		{"an invalid network", where(x.InSubnet("10.0.0.0/99")), "x.in_subnet: want an IP address"},
		{"an invalid path", where(x.DescendantOf("a..b")), "x.descendant_of: want a path"},
		{"no tree", where(x.DescendantOfID(1)), "Ref.Tree"},
		{"a time without a type", where(x.Eq(time.Now())), "As(Timestamp)"},
		{"bytes", where(x.Eq([]byte("a"))), "[]byte"},
		{"a pattern with an open escape", where(x.Like(`a\`)), "x.like: the pattern ends in a backslash"},
		{"a pattern with an open escape, three backslashes", where(x.Nilike(`a\\\`)), "backslash"},
		{"a NUL in text", where(x.Eq("a\x00")), "x.eq: holds a NUL byte"},
		{"text that is not UTF-8", where(x.Contains("\xff")), "x.contains: is not UTF-8"},
		{"a NUL in a document", where(x.StrictlyContains(json.RawMessage(`{"a":"\u0000"}`))), "NUL"},
		{"an unpaired surrogate", where(x.ArrayContains(json.RawMessage(`["\ud800"]`))), "surrogate"},
		{"invalid JSON", where(x.StrictlyContains(json.RawMessage(`{`))), "not valid JSON"},
		{"a length that is not a whole number", where(x.LenEq(1.5)), "x.len_eq: want a whole number"},
		{"search without a language", where(x.Matches(map[string]string{"query": "a"})), "x.matches: language is missing"},
		{"search by a string", where(x.PlainQuery("a")), "x.plain_query: want an object, got a string"},
		{"an empty vector", where(x.L2Distance(json.RawMessage(`{"vector":[],"threshold":1}`))), "x.l2_distance: vector"},
		{"a vector with null", where(x.L2Distance(json.RawMessage(`{"vector":[null],"threshold":1}`))), "null"},
		{"no threshold", where(x.L2Distance(json.RawMessage(`{"vector":[1]}`))), "threshold is missing"},
		{"bits other than 0 and 1", where(x.HammingDistance(json.RawMessage(`{"vector":"12","threshold":1}`))), "0 and 1"},
		{"a member given twice", where(x.Matches(json.RawMessage(`{"query":"a","query":"b","language":"english"}`))), "twice"},
		{"the zero predicate", where(query.Predicate{}), "Predicate"},
		{"a nested error", where(query.Not(query.Or(query.And(x.Is("nope", 1))))), "x.nope"},
	})
}

func TestBuildRefusesStatements(t *testing.T) {
	t.Parallel()
	v, x := query.From("v"), query.Field("x")
	where := func(p query.Predicate) query.Select { return v.Where(p) }
	long := strings.Repeat("n", 64)
	checkRefusals(t, []refusal{
		{"no view", query.From(""), `From("")`},
		{"no schema", query.From(".v"), "the schema has no name"},
		{"three names", query.From("a.b.c"), "one dot"},
		{"a NUL in a view", query.From("v\x00"), "NUL"},
		{"a long view", query.From(long), "64 bytes"},
		{"a long column", where(query.Column(long).Eq(1)), "64 bytes"},
		{"no column", where(query.Column("").Eq(1)), "no name"},
		{"a column that is not UTF-8", where(query.Column("\xff").Eq(1)), "UTF-8"},
		{"a NUL in a key", where(query.Field("a", "b\x00").Eq(1)), "NUL"},
		{"ordered by twice", v.OrderBy(x.Asc(), x.As(query.Numeric).Desc()), "order by x: it is in the order twice"},
		{"a vector has no order", v.OrderBy(x.As(query.Vector).Asc()), "order by x: Vector has no order"},
		{"a collation of numbers", v.OrderBy(x.As(query.Numeric).Asc().Collate("C")), "Collate"},
		{"a collation without a name", v.OrderBy(x.Asc().Collate("pg_catalog.")), "the collation has no name"},
		{"a negative limit", v.Limit(-1), "Limit(-1)"},
		{"a negative offset", v.Offset(-5), "Offset(-5)"},
		{"a filter and a count", v.Filter(func(json.RawMessage) bool { return true }).Count(), "Count"},
		{"a column and a field of the same name", v.Project(x, query.Column("x")), "both"},
		{"a cursor without an order", v.After("x"), "After: a cursor needs an order"},
		{"a cursor over a column", v.OrderBy(query.Column("id").Asc()).After("x"), "After: id is a column"},
		{"SQL, a parameter too many", v.WhereSQL("a = $2", 1), "WhereSQL: it has $2, but 1 arguments"},
		{"SQL, an argument too many", v.WhereSQL("a = $1", 1, 2), "WhereSQL: argument 2 is not used"},
		{"SQL, an open parenthesis", v.WhereSQL("(a"), "not closed"},
		{"SQL, a parenthesis too many", v.WhereSQL("a) OR (b"), "closed that was not opened"},
		{"SQL, an open quote", v.WhereSQL("a = 'b"), "a quote is not closed"},
		{"SQL, an open dollar quote", v.WhereSQL("a = $q$b"), "a quote is not closed"},
		{"SQL, an open comment", v.WhereSQL("a /* b"), "a comment is not closed"},
		{"SQL, two statements", v.WhereSQL("true; DROP TABLE t"), "semicolon"},
		{"SQL, empty", v.WhereSQL(" "), "it is empty"},
		{"SQL, a NUL", v.WhereSQL("a\x00"), "NUL"},
		{"SQL, parameter 0", v.WhereSQL("a = $0"), "$0 is not a parameter"},
	})
}

func checkRefusals(t *testing.T, tests []refusal) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sql, args, err := tt.q.Build()
			var wrong *werr.UsageError
			if !errors.As(err, &wrong) || !strings.Contains(wrong.Detail, tt.want) {
				t.Errorf("%v, want a UsageError with %q", err, tt.want)
			}
			if sql != "" || args != nil {
				t.Errorf("%q and %v together with the error", sql, args)
			}
		})
	}
}

// A shared Select does not change when it is extended in two ways.
func TestSelectIsAValue(t *testing.T) {
	t.Parallel()
	base := query.From("v").Where(query.Column("a").Eq(1)).Where(query.Column("b").Eq(2)).Where(query.Column("c").Eq(3))
	one, two := base.Where(query.Column("d").Eq(4)), base.Where(query.Column("e").Eq(5))
	for q, want := range map[*query.Select]string{&base: `("c" = $3)`, &one: `("d" = $4)`, &two: `("e" = $4)`} {
		sql, _, err := q.Build()
		if err != nil || !strings.HasSuffix(sql, want) {
			t.Errorf("%s, %v, want it to end in %s", sql, err, want)
		}
	}
}

// Values change only the arguments, never the text.
func TestSameShapeSameText(t *testing.T) {
	t.Parallel()
	shape := func(name string, age int, tags ...any) query.Select {
		return query.From("v").Where(query.Field("name").Icontains(name), query.Field("age").Gte(age), query.Field("tag").In(tags...)).Limit(int64(age))
	}
	first, _, err := shape("a", 1, "x").Build()
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := shape("b' OR true", 99, "y", "z", "'").Build()
	if err != nil || first != second {
		t.Errorf("%v, and\n%s\n%s", err, first, second)
	}
}

func typical() query.Select {
	return query.From("v_user").Where(query.Field("status").Eq("active"), query.Field("age").Gte(18), query.Field("name").Icontains("ann")).
		OrderBy(query.Field("id").As(query.Numeric).Asc()).Limit(10)
}

func TestBuildAllocations(t *testing.T) {
	const most = 25
	if n := testing.AllocsPerRun(100, func() {
		if _, _, err := typical().Build(); err != nil {
			t.Fatal(err)
		}
	}); n > most {
		t.Errorf("%v allocations, want at most %d", n, most)
	}
}

func BenchmarkBuild(b *testing.B) {
	b.Run("made and built", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := typical().Build(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("built", func(b *testing.B) {
		b.ReportAllocs()
		q := typical()
		for b.Loop() {
			if _, _, err := q.Build(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
