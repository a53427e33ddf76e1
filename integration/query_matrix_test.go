package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// matrixRows is the number of rows in a table of the matrix.
const matrixRows = 39

// The vector operators need an extension that servers seldom have, so they have a separate test.
var vectorOperators = []string{
	"l2_distance", "cosine_distance", "l1_distance", "inner_product", "hamming_distance", "jaccard_distance",
}

func TestQueryMatrixIsWhole(t *testing.T) {
	t.Parallel()
	has := map[string]bool{}
	for _, c := range matrixCases {
		has[c.operator] = true
	}
	for _, o := range query.Operators() {
		if !has[o.Name] && !slices.Contains(vectorOperators, o.Name) {
			t.Errorf("%s has no case", o.Name)
		}
	}
	if n := len(query.Operators()); n != 70 {
		t.Errorf("%d operators", n)
	}
}

// Each operator finds its rows, and fails for none, wherever the value is in the document and whether the column is
// json or jsonb.
func TestQueryMatrix(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		c := testbed.Connect(t, s.DSN())
		schema := querySchema(t, c, "wire_query_matrix")
		testbed.Execute(t, c, matrixTables(schema))
		for _, place := range []struct {
			view string
			ref  query.Ref
		}{
			{"jsonb_flat", query.Field("x")},
			{"json_flat", query.Field("x")},
			{"jsonb_nested", query.Field("a", "x")},
			{"json_nested", query.Field("a", "x")},
			{"column_flat", query.Column("c").As(query.JSON)},
		} {
			t.Run(place.view, func(t *testing.T) { matrix(t, c, query.From(schema+"."+place.view), place.ref, schema) })
		}
	})
}

func matrix(t *testing.T, c *conn.Conn, from query.Select, ref query.Ref, schema string) {
	for _, tt := range matrixCases {
		r := ref.Tree(schema+".node", "id", "path")
		if tt.typed {
			if ref.String() == "c" && tt.as != query.JSON {
				continue // a column that is declared to have the type is not a document
			}
			r = r.As(tt.as)
		} else if ref.String() == "c" && !slices.Contains(ofDocuments, tt.operator) {
			continue
		}
		p := r.Is(tt.operator, json.RawMessage(tt.operand))
		want := idRanges(t, tt.want)
		if diff := cmp.Diff(want, foundIDs(t, c, from.Where(p))); diff != "" {
			t.Errorf("%s %s as %v (-want +got):\n%s", tt.operator, tt.operand, tt.as, diff)
		}
		if diff := cmp.Diff(others(want), foundIDs(t, c, from.Where(query.Not(p)))); diff != "" {
			t.Errorf("not %s %s as %v (-want +got):\n%s", tt.operator, tt.operand, tt.as, diff)
		}
	}
}

// ofDocuments are operators that treat a column of type json like a path in the document.
var ofDocuments = []string{
	"isnull", "is_not_null", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "like", "ilike",
	"nlike", "nilike", "regex", "iregex", "nregex", "niregex", "array_contains", "array_contained_by", "array_overlaps",
	"len_eq", "len_neq", "len_gt", "len_gte", "len_lt", "len_lte", "strictly_contains",
}

// querySchema creates an empty schema that is dropped when the test ends.
func querySchema(t *testing.T, c *conn.Conn, name string) string {
	t.Helper()
	testbed.Execute(t, c, "DROP SCHEMA IF EXISTS "+name+" CASCADE")
	testbed.Execute(t, c, "CREATE SCHEMA "+name)
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), testbed.Patience) // the test's own context has ended by now
		defer stop()
		if err := command.Exec(ctx, c, "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Errorf("schema %s was not dropped: %v", name, err)
		}
	})
	return name
}

// matrixTables returns one statement that creates the extension, and the rows in all their forms.
func matrixTables(schema string) string {
	flat, nested := []string{}, []string{}
	for id := 1; id <= matrixRows; id++ {
		document, inner := `{}`, `{"a": {}}`
		switch value, ok := matrixValues[id]; {
		case ok:
			document, inner = `{"x": `+value+`}`, `{"a": {"x": `+value+`}}`
		case id == 36:
			document, inner = `[{"x": "abc"}]`, `{"a": [{"x": "abc"}]}`
		case id == 37:
			document, inner = `"abc"`, `{"a": "abc"}`
		}
		if id == 3 {
			flat, nested = append(flat, "(3, NULL)"), append(nested, "(3, NULL)")
			continue
		}
		flat = append(flat, fmt.Sprintf("(%d, $q$%s$q$)", id, document))
		nested = append(nested, fmt.Sprintf("(%d, $q$%s$q$)", id, inner))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `DO $do$ BEGIN
		PERFORM pg_advisory_xact_lock(hashtext('wire_query_extensions')); -- two tests may make one at a time
		CREATE EXTENSION IF NOT EXISTS ltree SCHEMA public;
		CREATE TABLE %[1]s.flat (id int, d json);
		CREATE TABLE %[1]s.nested (id int, d json);
		INSERT INTO %[1]s.flat VALUES %[2]s;
		INSERT INTO %[1]s.nested VALUES %[3]s;
		CREATE VIEW %[1]s.json_flat AS SELECT id, d AS data FROM %[1]s.flat;
		CREATE VIEW %[1]s.jsonb_flat AS SELECT id, d::jsonb AS data FROM %[1]s.flat;
		CREATE VIEW %[1]s.json_nested AS SELECT id, d AS data FROM %[1]s.nested;
		CREATE VIEW %[1]s.jsonb_nested AS SELECT id, d::jsonb AS data FROM %[1]s.nested;
		CREATE VIEW %[1]s.column_flat AS SELECT id, d->'x' AS c, d AS data FROM %[1]s.flat;
		CREATE TABLE %[1]s.node (id int PRIMARY KEY, path ltree);
		INSERT INTO %[1]s.node VALUES (1, 'top'), (2, 'top.science'), (3, 'top.science.astro'), (4, 'top.art');
	END $do$`, schema, strings.Join(flat, ","), strings.Join(nested, ","))
	return b.String()
}

// foundIDs returns the ids of the rows of q, in their order.
func foundIDs(t testing.TB, c query.Runner, q query.Select) []int {
	t.Helper()
	q = q.Project(query.Column("id")).OrderBy(query.Column("id").Asc())
	s, err := q.Run(testbed.Context(t), c)
	if err != nil {
		sql, args, _ := q.Build()
		t.Fatalf("%v\n%s\n%v", err, sql, args)
	}
	ids := []int{}
	for row, err := range s.All() {
		if err != nil {
			sql, args, _ := q.Build()
			t.Fatalf("%v\n%s\n%v", err, sql, args)
		}
		var found struct{ ID int }
		if err := json.Unmarshal(row, &found); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, found.ID)
	}
	return ids
}

// idRanges parses ranges such as "1-3 5".
func idRanges(t testing.TB, text string) []int {
	t.Helper()
	ids := []int{}
	for field := range strings.FieldsSeq(text) {
		from, to, ok := strings.Cut(field, "-")
		if !ok {
			to = from
		}
		first, err := strconv.Atoi(from)
		if err != nil {
			t.Fatal(err)
		}
		last, err := strconv.Atoi(to)
		if err != nil {
			t.Fatal(err)
		}
		for id := first; id <= last; id++ {
			ids = append(ids, id)
		}
	}
	return ids
}

// others returns the ids that are not among the given ones.
func others(ids []int) []int {
	rest := []int{}
	for id := 1; id <= matrixRows; id++ {
		if !slices.Contains(ids, id) {
			rest = append(rest, id)
		}
	}
	return rest
}
