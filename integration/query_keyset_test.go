package integration_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// keysetRows returns 40 rows whose first two keys repeat, are missing, null, or of another type.
func keysetRows() string {
	texts := []string{`"a"`, `"b"`, `"B"`, `""`, `null`, ``, `5`, `"é"`}
	times := []string{`"2024-01-02T03:04:05Z"`, `"2024-01-02T04:04:05+01:00"`, `"2023-12-31"`, `"no time"`, `null`}
	var values []string
	for id := range 40 {
		document := fmt.Sprintf(`"id": %d`, id)
		if text := texts[id*7%len(texts)]; text != "" {
			document += `, "name": ` + text
		}
		document += `, "at": ` + times[id*3%len(times)]
		values = append(values, "('{"+document+"}'::jsonb)")
	}
	return strings.Join(values, ", ")
}

// Pages for orders with every direction and placement of nulls contain every row once, and in the order of the whole
// result.
func TestQueryKeysetPages(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		c := testbed.Connect(t, s.DSN())
		schema := querySchema(t, c, "wire_query_keyset")
		testbed.Execute(t, c, "CREATE TABLE "+schema+".v AS SELECT * FROM (VALUES "+keysetRows()+") AS v (data)")
		name, at, id := query.Field("name"), query.Field("at").As(query.Timestamp), query.Field("id").As(query.Numeric)
		for _, first := range everyWay(name) {
			for _, second := range everyWay(at) {
				for _, third := range []query.Order{id.Asc(), id.Desc(), id.Asc().NotNull(), id.Desc().NotNull()} {
					pages(t, c, query.From(schema+".v").OrderBy(first.Collate("C"), second, third))
				}
			}
		}
	})
}

func everyWay(r query.Ref) []query.Order {
	return []query.Order{
		r.Asc(), r.Desc(), r.Asc().NullsFirst(), r.Desc().NullsLast(),
	}
}

// pages reads q as a whole, and then in pages.
func pages(t *testing.T, c *conn.Conn, q query.Select) {
	t.Helper()
	whole := documentsOf(t, c, q)
	if len(whole) != 40 {
		t.Fatalf("%d rows", len(whole))
	}
	var paged []string
	page := q.Limit(7)
	for {
		rows := documentsOf(t, c, page)
		paged = append(paged, rows...)
		if len(rows) < 7 || len(paged) > 40 {
			break
		}
		cursor, err := q.Cursor(json.RawMessage(rows[6]))
		if err != nil {
			t.Fatal(err)
		}
		page = q.Limit(7).After(cursor)
	}
	if !slices.Equal(whole, paged) {
		sql, _, _ := q.Build()
		t.Errorf("%s (-whole +pages):\n%s", sql, cmp.Diff(whole, paged))
	}
}

func documentsOf(t testing.TB, c query.Runner, q query.Select) []string {
	t.Helper()
	s, err := q.Run(testbed.Context(t), c)
	if err != nil {
		t.Fatal(err)
	}
	return testbed.Rows(t, s)
}
