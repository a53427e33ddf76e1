package query_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// shop returns a schema that uses all features of Schema.
func shop() *query.Schema {
	return &query.Schema{
		Fields: map[string]query.Ref{
			"status": query.Field("status"),
			"age":    query.Field("age").As(query.Numeric),
			"name":   query.Field("name"),
			"tags":   query.Field("tags"),
			"place":  query.Field("tree").As(query.Ltree).Tree("app.node", "id", "path"),
			"tenant": query.Column("tenant_id"),
		},
		Relations: map[string]*query.Schema{
			"machine": {Fields: map[string]query.Ref{"id": query.Field("machine", "id"), "search": query.Field("machine", "search")}},
		},
	}
}

// conditions returns what follows WHERE, and the arguments.
func conditions(t *testing.T, p query.Predicate) (string, []any) {
	t.Helper()
	sql, args, err := query.From("v").Where(p).Build()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(sql, `SELECT data FROM "v" WHERE `), args
}

// A filter gives the same statement as the equivalent condition made in Go.
func TestParseFilter(t *testing.T) {
	t.Parallel()
	status, age := query.Field("status"), query.Field("age").As(query.Numeric)
	id := query.Field("machine", "id")
	open := &query.Schema{Open: true, Relations: map[string]*query.Schema{"lca": {Open: true}}}
	tests := []struct {
		name, filter string
		schema       *query.Schema
		want         query.Predicate
	}{
		{"nothing", ` {} `, nil, query.And()},
		{"one", `{"status":{"eq":"a"}}`, shop(), status.Eq("a")},
		{"aliases", `{"status":{"isNull":true,"notIn":["a"],"startsWith":"b"}}`, shop(),
			query.And(status.IsNull(), status.Nin("a"), status.Startswith("b"))},
		{"several operators", `{"age":{"gte":18,"lt":65}}`, shop(), query.And(age.Gte(json.Number("18")), age.Lt(json.Number("65")))},
		{"digits are kept", `{"age":{"eq":12345678901234567890.123}}`, shop(), age.Eq(json.Number("12345678901234567890.123"))},
		{"null", `{"status":{"eq":null}}`, shop(), status.Eq(nil)},
		{"a list with null", `{"status":{"in":["a",null]}}`, shop(), status.In("a", nil)},
		{"an empty list", `{"status":{"in":[]}}`, shop(), status.In()},
		{"relation", `{"machine":{"id":{"eq":"x"},"search":{"eq":"y"}}}`, shop(),
			query.And(id.Eq("x"), query.Field("machine", "search").Eq("y"))},
		{"logical operators at the top", `{"_or":[{"status":{"eq":"a"}},{"_not":{"age":{"gt":1}}},{}]}`, shop(),
			query.Or(status.Eq("a"), query.Not(age.Gt(json.Number("1"))), query.And())},
		{"logical operators in a relation", `{"machine":{"_or":[{"id":{"eq":"x"}},{"id":{"eq":"y"}}]}}`, shop(), query.Or(id.Eq("x"), id.Eq("y"))},
		{"logical operators at a field", `{"status":{"_and":[{"neq":"a"},{"_not":{"eq":"b"}}]}}`, shop(),
			query.And(status.Neq("a"), query.Not(status.Eq("b")))},
		{"empty logical operators", `{"_and":[],"_or":[],"_not":{}}`, shop(), query.And(query.And(), query.Or(), query.Not(query.And()))},
		{"a column", `{"tenant":{"eq":7}}`, shop(), query.Column("tenant_id").Eq(json.Number("7"))},
		{"a tree", `{"place":{"descendant_of_id":7}}`, shop(),
			query.Field("tree").As(query.Ltree).Tree("app.node", "id", "path").DescendantOfID(json.Number("7"))},
		{"an open name", `{"a\"b":{"c":{"eq":1}}}`, open, query.Field(`a"b`, "c").Eq(json.Number("1"))},
		{"a relation with the name of an operator", `{"lca":{"eq":{"eq":"x"}}}`, open, query.Field("lca", "eq").Eq("x")},
		{"an object in an object", `{"tags":{"strictly_contains":{"eq":{"a":[1]}}}}`, shop(),
			query.Field("tags").StrictlyContains(map[string]any{"eq": map[string]any{"a": []int{1}}})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := query.ParseFilter([]byte(tt.filter), tt.schema)
			if err != nil {
				t.Fatal(err)
			}
			sql, args := conditions(t, p)
			wantSQL, wantArgs := conditions(t, tt.want)
			if diff := cmp.Diff(wantSQL, sql); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(wantArgs, args); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseFilterRefuses(t *testing.T) {
	t.Parallel()
	open := &query.Schema{Open: true}
	for _, tt := range filterRefusals {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := query.ParseFilter([]byte(tt.filter), shop())
			var wrong *werr.UsageError
			if !errors.As(err, &wrong) || !strings.Contains(wrong.Detail, tt.want) {
				t.Errorf("%.200v, want a UsageError with %q", err, tt.want)
			}
		})
	}
	for filter, want := range map[string]string{
		`{"a":{"b":1}}`:             "where.a.b: unknown operator",
		"{\"a\\u0000\":{\"eq\":1}}": "the key holds a NUL byte",
	} {
		var wrong *werr.UsageError
		if _, err := query.ParseFilter([]byte(filter), open); !errors.As(err, &wrong) || !strings.Contains(wrong.Detail, want) {
			t.Errorf("%v, want a UsageError with %q", err, want)
		}
	}
	var members strings.Builder
	for i := range 257 {
		fmt.Fprintf(&members, `,"m%d":{}`, i)
	}
	if _, err := query.ParseFilter([]byte("{"+members.String()[1:]+"}"), open); err == nil {
		t.Error("257 empty members are accepted")
	}
	if _, err := query.ParseFilter([]byte(`{"status":{"eq":1}}`), nil); err == nil {
		t.Error("a nil schema accepts a name")
	}
}

// deep returns a filter of n nested negations.
func deep(n int) string { return strings.Repeat(`{"_not":`, n) + "{}" + strings.Repeat("}", n) }

var filterRefusals = []struct{ name, filter, want string }{
	{"nothing", ``, "where: it is not valid JSON"},
	{"incomplete", `{"status":`, "where: it is not valid JSON"},
	{"after the end", `{} {}`, "where: it is not valid JSON"},
	{"not UTF-8", "{\"\xff\":{}}", "where: it is not UTF-8"},
	{"null", `null`, "where: want an object, got null"},
	{"a list", `[]`, "where: want an object, got a list"},
	{"an unknown field", `{"statsu":{"eq":1}}`, "where.statsu: unknown field; did you mean status?"},
	{"an unknown operator", `{"_or":[{},{"machine":{"id":{"eqq":"x"}}}]}`, "where._or[1].machine.id.eqq: unknown operator; did you mean eq?"},
	{"an operator in another case", `{"status":{"EQ":1}}`, "where.status.EQ: unknown operator; did you mean eq?"},
	{"a key of a field that is not open", `{"status":{"secret":{"eq":1}}}`, "where.status.secret: unknown operator"},
	{"a value for a field", `{"status":"a"}`, "where.status: want an object of operators, such as {\"eq\": ...}, got a string"},
	{"null for a field", `{"status":null}`, "where.status: want an object of operators"},
	{"a field twice", `{"status":{},"name":{},"status":{}}`, "where.status: it is given twice"},
	{"an operator twice", `{"status":{"eq":1,"\u0065q":2}}`, "where.status.eq: it is given twice"},
	{"_or of an object", `{"_or":{}}`, "where._or: want a list, got an object"},
	{"_not of a list", `{"_not":[]}`, "where._not: want an object, got a list"},
	{"_and of numbers", `{"_and":[1]}`, "where._and[0]: want an object, got a number"},
	{"a list for eq", `{"status":{"eq":["a"]}}`, "where.status.eq: want one value, got a list"},
	{"an object for in", `{"status":{"in":{}}}`, "where.status.in: want a list, got an object"},
	{"a string for a number", `{"age":{"gt":"x"}}`, `where.age.gt: want a number, got "x"`},
	{"a number out of range for numeric", `{"age":{"gt":1e999999999999}}`, "where.age.gt: is a number out of range for numeric"},
	{"a NUL", `{"status":{"eq":"\u0000"}}`, "where.status.eq: holds a NUL character"},
	{"a NUL in a document", `{"tags":{"array_contains":["\u0000"]}}`, "where.tags.array_contains: holds a NUL character"},
	{"an unpaired surrogate", `{"status":{"eq":"\udc00"}}`, "where.status.eq: contains an unpaired surrogate"},
	{"a pattern that ends in a backslash", `{"status":{"like":"a\\"}}`, "where.status.like: the pattern ends in a backslash"},
	{"a back reference", `{"status":{"regex":"(a)\\1"}}`, "where.status.regex: back references"},
	{"a bound in a bound", `{"status":{"regex":"(x{1,200}){1,200}"}}`, "where.status.regex: nested bounds"},
	{"a bound in a bound, deeper", `{"status":{"nregex":"((ax{2}b)+c){3}"}}`, "where.status.nregex: nested bounds"},
	{"a bound on a bound", `{"status":{"regex":"a{9}{9}"}}`, "where.status.regex: nested bounds"},
	{"a long pattern", `{"status":{"like":"` + strings.Repeat("a", 4096) + `"}}`, "where.status.like: the pattern is too long"},
	{"a long search", `{"status":{"matches":{"query":"` + strings.Repeat("a", 4096) + `","language":"english"}}}`, "too long"},
	{"nested negations", deep(16), "it is nested too deeply"},
	{"a deep operand", `{"tags":{"strictly_contains":` + strings.Repeat("[", 17) + strings.Repeat("]", 17) + `}}`, "nested too deeply"},
	{"many operators", `{"_and":[` + strings.TrimSuffix(strings.Repeat(`{"status":{"eq":"a","neq":"b"}},`, 129), ",") + `]}`,
		"where._and[128].status.eq: the filter has too many operators"},
	{"many empty parts", `{"_or":[` + strings.TrimSuffix(strings.Repeat(`{},`, 257), ",") + `]}`, "where._or: it has too many elements"},
	{"many values", `{"status":{"in":[` + strings.TrimSuffix(strings.Repeat(`1,`, 10_001), ",") + `]}}`, "where.status.in: the list has too many values"},
	{"no tree", `{"name":{"descendant_of_id":7}}`, "where.name.descendant_of_id: needs the table"},
	{"a wrong member", `{"name":{"matches":{"query":"a","langauge":"english"}}}`, `"langauge" is unknown here; did you mean language?`},
}

// Limits can be changed, and removed.
func TestBounds(t *testing.T) {
	t.Parallel()
	s := shop()
	filter := []byte(`{"status":{"in":["a","b","c"]}}`)
	s.MaxValues = 2
	if _, err := query.ParseFilter(filter, s); err == nil {
		t.Error("three values are accepted where two are allowed")
	}
	s.MaxValues = -1
	many := `{"status":{"in":[` + strings.TrimSuffix(strings.Repeat(`"a",`, 20_000), ",") + `]}}`
	if _, err := query.ParseFilter([]byte(many), s); err != nil {
		t.Errorf("without a bound: %v", err)
	}
	s.MaxDepth, s.MaxPredicates, s.MaxPattern = 1, 1, 5
	for _, refused := range []string{`{"_not":{}}`, `{"status":{"eq":"a"}}`, `{"name":{},"age":{}}`} {
		if _, err := query.ParseFilter([]byte(refused), s); err == nil {
			t.Errorf("%s is accepted", refused)
		}
	}
}

func TestParseOrder(t *testing.T) {
	t.Parallel()
	s := shop()
	order, err := query.ParseOrder([]byte(`[{"name":"ASC"},{"age":"desc_nulls_last"},{"machine":{"id":"DESC"}},{"tenant":"ASC_NULLS_FIRST"}]`), s)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := query.From("v").OrderBy(order...).Build()
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := query.From("v").OrderBy(query.Field("name").Asc(), query.Field("age").As(query.Numeric).Desc().NullsLast(),
		query.Field("machine", "id").Desc(), query.Column("tenant_id").Asc().NullsFirst()).Build()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	open := &query.Schema{Open: true}
	tests := []struct {
		schema      *query.Schema
		order, want string
	}{
		{s, ``, "order: it is not valid JSON"},
		{s, `1`, "order: want a list, got a number"},
		{s, `[1]`, "order[0]: want an object, got a number"},
		{s, `[{"name":"ASC"},{"nmae":"ASC"}]`, "order[1].nmae: unknown field; did you mean name?"},
		{s, `{"name":"ASK"}`, "order.name: unknown direction; did you mean ASC?"},
		{s, `{"name":1}`, "order.name: want a direction"},
		{s, `{"name":{"x":"ASC"}}`, "order.name: want a direction"},
		{s, `{"machine":"ASC"}`, "order.machine: want an object"},
		{s, `[{"name":"ASC","age":"ASC"}]`, "order[0]: want one field in each object"},
		{s, `[{}]`, "order[0]: want one field in each object"},
		{s, `[{"name":"ASC"},{"name":"DESC"}]`, "order[1].name: it is in the order twice"},
		{nil, `{"name":"ASC"}`, "order.name: unknown field"},
		{open, strings.Repeat(`{"a":`, 17) + `"ASC"` + strings.Repeat("}", 17), "nested too deeply"},
	}
	for _, tt := range tests {
		var wrong *werr.UsageError
		if _, err := query.ParseOrder([]byte(tt.order), tt.schema); !errors.As(err, &wrong) || !strings.Contains(wrong.Detail, tt.want) {
			t.Errorf("%s: %v, want a UsageError with %q", tt.order, err, tt.want)
		}
	}
}

// BenchmarkParseFilter reads filters of 1 KB, and compares that with encoding/json reading the same bytes into maps and
// slices. One filter has short values, and so many operators; the other has identifiers, times and sentences.
func BenchmarkParseFilter(b *testing.B) {
	for name, part := range map[string]string{
		"short": `{"status":{"eq":"active","neq":"deleted"},"age":{"gte":18,"lt":65},"name":{"icontains":"ann"},"machine":{"id":{"in":["a","b","c"]}}},`,
		"long": `{"status":{"eq":"waiting for the customer's answer"},"age":{"gte":18},"name":{"icontains":"international business machines"},` +
			`"machine":{"id":{"in":["550e8400-e29b-41d4-a716-446655440000","6ba7b810-9dad-11d1-80b4-00c04fd430c8"]}}},`,
	} {
		filter := []byte(`{"_or":[` + strings.TrimSuffix(strings.Repeat(part, 1024/len(part)), ",") + `]}`)
		s := shop()
		b.Run("values="+name+"/reader=filter", func(b *testing.B) {
			readAgain(b, filter, func() error { _, err := query.ParseFilter(filter, s); return err })
		})
		b.Run("values="+name+"/reader=json", func(b *testing.B) {
			readAgain(b, filter, func() error { var v any; return json.Unmarshal(filter, &v) })
		})
	}
}

func readAgain(b *testing.B, filter []byte, read func() error) {
	b.SetBytes(int64(len(filter)))
	b.ReportAllocs()
	for b.Loop() {
		if err := read(); err != nil {
			b.Fatal(err)
		}
	}
}
