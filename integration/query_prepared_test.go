package integration_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// The same shape with other values is the same text, so it reuses the prepared statement. The metric is for the whole
// process, so no other test runs at the same time.
func TestQueryReusesPreparedStatements(t *testing.T) {
	c := preparing(t, testbed.DSN(t), 256)
	schema := querySchema(t, c, "wire_query_prepared")
	testbed.Execute(t, c, "CREATE TABLE "+schema+".v AS SELECT g AS id, "+
		"jsonb_build_object('id', g, 'name', 'n' || g, 'age', g % 90) AS data FROM generate_series(1, 100) g")
	shape := func(name string, age int, limit int64, ids ...any) query.Select {
		return query.From(schema+".v").Where(query.Field("name").Icontains(name), query.Field("age").Gte(age),
			query.Field("id").In(ids...)).Limit(limit)
	}
	runs := []struct {
		q    query.Select
		want []int
	}{
		{shape("n1", 10, 5, 10, 11, 25), []int{10, 11}},
		{shape("N2", 20, 1, 20, 21), []int{20}},
		{shape("%' OR true --", 0, 10, 1, 2), []int{}},
		{shape("n", 9, 3, 8, 9, 95, 97), []int{9}},
	}
	begun := testbed.ReadPage(t, "fraiseql_prepared_statements_total")
	for i, run := range runs {
		if diff := cmp.Diff(run.want, foundIDs(t, c, run.q)); diff != "" {
			t.Errorf("run %d (-want +got):\n%s", i, diff)
		}
	}
	testbed.ReadPage(t, "fraiseql_prepared_statements_total").Since(begun).Check(t, testbed.Wants{
		"fraiseql_prepared_statements_total event prepared": 1,
		"fraiseql_prepared_statements_total event reused":   float64(len(runs) - 1),
	})
}
