package integration_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// Every accepted filter becomes a statement that servers run. They may refuse only an operand that only they can parse,
// and then the error names its field.
func TestQueryCorpus(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../fuzz/testdata/filters.txt")
	if err != nil {
		t.Fatal(err)
	}
	filters := strings.Split(strings.TrimSpace(string(text)), "\n")
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		c := testbed.Connect(t, s.DSN())
		schema := querySchema(t, c, "wire_query_corpus")
		testbed.Execute(t, c, `DO $do$ BEGIN
			PERFORM pg_advisory_xact_lock(hashtext('wire_query_extensions')); -- two tests may make one at a time
			CREATE EXTENSION IF NOT EXISTS ltree SCHEMA public;
			CREATE TABLE `+schema+`.node (id int PRIMARY KEY, path ltree);
			CREATE TABLE `+schema+`.v (tenant int, data json);
			INSERT INTO `+schema+`.v VALUES (1, '{"status": "a", "age": 20, "name": "a b", "place": "a.b", "net": "10.1.2.3"}'), (2, NULL);
		END $do$`)
		outside := &query.Schema{Open: true, Fields: map[string]query.Ref{
			"tenant": query.Column("tenant"), "age": query.Field("age").As(query.Numeric), "net": query.Field("net").As(query.Inet),
			"at":    query.Field("at").As(query.Timestamp),
			"place": query.Field("place").As(query.Ltree).Tree(schema+".node", "id", "path"),
		}}
		ran := 0
		for _, filter := range filters {
			p, err := query.ParseFilter([]byte(filter), outside)
			if err != nil {
				continue
			}
			for _, p := range []query.Predicate{p, query.Not(p)} {
				rows, err := query.From(schema+".v").Where(p).Run(testbed.Context(t), c)
				var wrong *werr.UsageError
				switch {
				case err == nil:
					testbed.Rows(t, rows)
					ran++
				case !errors.As(err, &wrong):
					t.Errorf("%s: %v", filter, err)
				}
			}
		}
		if ran < len(filters) {
			t.Errorf("only %d statements of %d filters ran", ran, len(filters))
		}
	})
}

// Every accepted order becomes a statement that servers run, and the cursor of its first row leads to the second.
func TestQueryOrderCorpus(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../fuzz/testdata/orders.txt")
	if err != nil {
		t.Fatal(err)
	}
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		c := testbed.Connect(t, s.DSN())
		schema := querySchema(t, c, "wire_query_orders")
		testbed.Execute(t, c, `CREATE TABLE `+schema+`.v AS SELECT jsonb_build_object('id', g, 'name', 'n' || g, 'age', g,
			'a''', jsonb_build_object('"b', g), 'machine', jsonb_build_object('id', g)) AS data FROM generate_series(1, 3) g`)
		outside := &query.Schema{Open: true, Fields: map[string]query.Ref{"age": query.Field("age").As(query.Numeric)}}
		for order := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
			keys, err := query.ParseOrder([]byte(order), outside)
			if err != nil {
				t.Errorf("%s: %v", order, err)
				continue
			}
			q := query.From(schema + ".v").OrderBy(append(keys, query.Field("id").As(query.Numeric).Asc())...)
			all, err := q.Run(testbed.Context(t), c)
			if err != nil {
				t.Errorf("%s: %v", order, err)
				continue
			}
			rows := testbed.Rows(t, all)
			cursor, err := q.Cursor([]byte(rows[0]))
			if err != nil {
				t.Fatalf("%s: %v", order, err)
			}
			rest, err := q.After(cursor).Run(testbed.Context(t), c)
			if err != nil {
				t.Fatalf("%s: %v", order, err)
			}
			if diff := cmp.Diff(rows[1:], testbed.Rows(t, rest)); diff != "" {
				t.Errorf("%s: after the first row (-want +got):\n%s", order, diff)
			}
		}
	})
}

// Columns with types of PostgreSQL are compared directly.
func TestQueryColumns(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		c := testbed.Connect(t, s.DSN())
		schema := querySchema(t, c, "wire_query_columns")
		testbed.Execute(t, c, `CREATE TABLE `+schema+`.v AS SELECT id, n, t, u::uuid, at::timestamptz, d::date, tags::text[], doc::jsonb, '{}'::jsonb AS data
			FROM (VALUES
			(1, 5, 'abc', '0a1b2c3d-4e5f-6789-abcd-ef0123456789', '2024-01-02T03:04:05Z', '2024-01-02', '{a,b}', '{"x":1}'),
			(2, 18, 'a%b', NULL, '2025-01-02T03:04:05Z', '2025-01-02', '{}', '[1]'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL))
			AS r (id, n, t, u, at, d, tags, doc)`)
		column := query.Column
		for name, tt := range map[string]struct {
			p    query.Predicate
			want string
		}{
			"eq":                    {column("n").Eq(5), "1"},
			"neq":                   {column("n").Neq(5), "2 3"},
			"eq null":               {column("n").Eq(nil), "3"},
			"a fraction":            {column("n").As(query.Numeric).Gt("17.5"), "2"},
			"in":                    {column("n").In(5, 18, 99), "1 2"},
			"in, with null":         {column("t").In("abc", nil), "1 3"},
			"nin of nothing":        {column("n").Nin(), "1-3"},
			"uuid":                  {column("u").As(query.UUID).Eq("0A1B2C3D-4E5F-6789-ABCD-EF0123456789"), "1"},
			"uuids":                 {column("u").In("0a1b2c3d-4e5f-6789-abcd-ef0123456789"), "1"},
			"timestamp":             {column("at").As(query.Timestamp).Gte("2024-06-01T00:00:00+02:00"), "2"},
			"date":                  {column("d").As(query.Date).In("2024-01-02", "2020-01-01"), "1"},
			"contains":              {column("t").Contains("%"), "2"},
			"a number's text":       {column("n").Startswith("1"), "2"},
			"array_contains":        {column("tags").ArrayContains("a"), "1"},
			"array_contained_by":    {column("tags").ArrayContainedBy("a", "b", "c"), "1 2"},
			"array_overlaps":        {column("tags").ArrayOverlaps("b", "z"), "1"},
			"len_eq":                {column("tags").LenEq(0), "2"},
			"isnull":                {column("t").IsNull(), "3"},
			"a document":            {column("doc").As(query.JSON).Eq(map[string]int{"x": 1}), "1"},
			"a document's elements": {column("doc").As(query.JSON).ArrayContains(1), "2"},
		} {
			got := foundIDs(t, c, query.From(schema+".v").Where(tt.p))
			if diff := cmp.Diff(idRanges(t, tt.want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}
