package integration_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// indexCase is an index, and a statement whose condition can use it.
type indexCase struct {
	name, index string
	q           func(v query.Select) query.Select
	shown       bool // docs/QUERY.md shows its part of the plan
}

// keyText returns the expression of an order's key, as an index needs it.
func keyText(t testing.TB, o query.Order) string {
	t.Helper()
	sql, _, err := query.From("v").OrderBy(o).Build()
	if err != nil {
		t.Fatal(err)
	}
	_, key, _ := strings.Cut(sql, " ORDER BY ")
	return key
}

func indexCases(t testing.TB) []indexCase {
	name, id := query.Field("name"), query.Field("id")
	age, uid := query.Field("age").As(query.Numeric), query.Field("uid").As(query.UUID)
	ip, path := query.Field("ip").As(query.Inet), query.Field("path").As(query.Ltree)
	where := func(p query.Predicate) func(query.Select) query.Select {
		return func(v query.Select) query.Select { return v.Where(p) }
	}
	search := map[string]string{"query": "quick", "language": "english"}
	return []indexCase{
		{"text", "((data->>'name'))", where(name.Eq("name 7")), true},
		{"prefix", "((data->>'name') text_pattern_ops)", where(name.Startswith("name 77")), true},
		{"substring", "USING gin ((data->>'name') public.gin_trgm_ops)", where(name.Icontains("ame 77")), true},
		{"number", "((" + keyText(t, age.Asc()) + "))", where(age.Gte(59_990)), false},
		{"uuid", "((" + keyText(t, uid.Asc()) + "))", where(uid.Eq("00000000-0000-0000-0000-000000000007")), false},
		{"network", "USING gist ((" + keyText(t, ip.Asc()) + ") inet_ops)", where(ip.InSubnet("10.0.7.0/24")), false},
		{"tree", "USING gist ((" + keyText(t, path.Asc()) + "))", where(path.DescendantOf("top.n7")), false},
		{"date", `((data->>'day') COLLATE "C")`, where(query.Field("day").As(query.Date).Gte("2150-01-01")), false},
		{"array", "USING gin ((data->'tags') jsonb_path_ops)", where(query.Field("tags").ArrayContains("t7")), true},
		{"search", "USING gin (to_tsvector('english'::regconfig, data->>'name'))", where(name.PlainQuery(search)), true},
		{"keyset", "((data->>'name'), (data->>'id'))", func(v query.Select) query.Select {
			v = v.OrderBy(name.Asc().NotNull(), id.Asc().NotNull())
			cursor, err := v.Cursor(json.RawMessage(`{"name": "name 7", "id": "7"}`))
			if err != nil {
				t.Fatal(err)
			}
			return v.After(cursor).Limit(10)
		}, true},
		{"keyset, mixed", "((data->>'name'), (data->>'id') DESC)", func(v query.Select) query.Select {
			v = v.OrderBy(name.Asc().NotNull(), id.Desc())
			cursor, err := v.Cursor(json.RawMessage(`{"name": "name 7", "id": "7"}`))
			if err != nil {
				t.Fatal(err)
			}
			return v.After(cursor).Limit(10)
		}, true},
	}
}

// Each family of operators uses the index that docs/QUERY.md names, and has the plan that is shown there.
func TestQueryIndexesServe(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/QUERY.md")
	if err != nil {
		t.Fatal(err)
	}
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		c := testbed.Connect(t, s.DSN(), func(cfg *conn.Config) { // the index must be used even for so few rows
			cfg.RuntimeParams["enable_seqscan"], cfg.RuntimeParams["enable_sort"] = "off", "off"
		})
		schema := querySchema(t, c, "wire_query_index")
		testbed.Execute(t, c, indexTables(schema))
		testbed.Execute(t, c, "CREATE FUNCTION "+schema+`.plan(statement text) RETURNS SETOF text LANGUAGE plpgsql AS
			$f$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || statement; END $f$`)
		for _, tt := range indexCases(t) {
			t.Run(tt.name, func(t *testing.T) {
				testbed.Execute(t, c, "CREATE INDEX tried ON "+schema+".v "+tt.index)
				defer testbed.Execute(t, c, "DROP INDEX "+schema+".tried")
				sql, args, err := tt.q(query.From(schema + ".v")).Build()
				if err != nil {
					t.Fatal(err)
				}
				plan := planOf(t, c, schema, withValues(sql, args))
				if !strings.Contains(plan, "tried") || !strings.Contains(plan, "Index Cond: ") {
					t.Errorf("the index is not used by %s:\n%s", sql, plan)
				}
				condition := indexCondition(plan)
				if tt.shown && !strings.Contains(string(page), condition) {
					t.Errorf("docs/QUERY.md does not show %s", condition)
				}
				if tt.shown && !strings.Contains(string(page), strings.ReplaceAll(tt.index, "public.", "")) {
					t.Errorf("docs/QUERY.md does not name this index: %s", tt.index)
				}
			})
		}
	})
}

// indexCondition returns the line of a plan with the condition for the index.
func indexCondition(plan string) string {
	for line := range strings.Lines(plan) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "Index Cond: ") {
			return line
		}
	}
	return "no Index Cond"
}

func indexTables(schema string) string {
	return `DO $do$ BEGIN
		PERFORM pg_advisory_xact_lock(hashtext('wire_query_extensions')); -- two tests may make one at a time
		CREATE EXTENSION IF NOT EXISTS ltree SCHEMA public;
		CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
		CREATE TABLE ` + schema + `.v AS SELECT jsonb_build_object('id', g::text, 'name', 'name ' || g, 'age', g,
			'uid', lpad(g::text, 8, '0') || '-0000-0000-0000-000000000007', 'ip', '10.0.' || g % 256 || '.1', 'path', 'top.n' || g % 100,
			'day', '2024-01-01'::date + g, 'tags', jsonb_build_array('t' || g)) AS data FROM generate_series(1, 2000) g;
		ANALYZE ` + schema + `.v;
	END $do$`
}

// withValues writes the arguments into a statement, because EXPLAIN accepts none.
func withValues(sql string, args []any) string {
	for i := len(args); i > 0; i-- {
		sql = strings.ReplaceAll(sql, fmt.Sprintf("$%d", i), "'"+strings.ReplaceAll(fmt.Sprint(args[i-1]), "'", "''")+"'")
	}
	return sql
}

func planOf(t testing.TB, c *conn.Conn, schema, sql string) string {
	t.Helper()
	lines := testbed.Ask(t, c, "SELECT to_json(string_agg(line, chr(10))) AS data FROM "+schema+".plan($1) AS line", sql)
	var plan string
	if err := json.Unmarshal([]byte(lines), &plan); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(schema+".", "").Replace(plan)
}
