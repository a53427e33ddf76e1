package integration_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/query"
)

// The vector operators find their rows if the server has pgvector. Otherwise they are refused for exactly that reason.
func TestQueryVectors(t *testing.T) {
	t.Parallel()
	const dense, bits = `{"vector": [1, 0, 0], "threshold": `, `{"vector": "11110000", "threshold": `
	tests := []struct {
		operator, operand string
		want              []int
	}{
		{"l2_distance", dense + "1}", []int{1, 3, 4}},
		{"cosine_distance", dense + "0.3}", []int{1, 3}},
		{"l1_distance", dense + "1}", []int{1, 3, 4}},
		{"inner_product", dense + "1}", []int{1, 3}},
		{"hamming_distance", bits + "2}", []int{1, 2}},
		{"jaccard_distance", bits + "0.5}", []int{1, 2}},
	}
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		c := testbed.Connect(t, s.DSN())
		available := testbed.Rows(t, testbed.Query(t, c, "SELECT to_json(count(*)) AS data FROM pg_available_extensions WHERE name = 'vector'"))
		has := available[0] != "0"
		t.Logf("%s has pgvector: %v", s.Name, has)
		schema := querySchema(t, c, "wire_query_vector")
		if has {
			testbed.Execute(t, c, "CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
		}
		testbed.Execute(t, c, `CREATE TABLE `+schema+`.v AS SELECT id, jsonb_build_object('dense', d, 'bits', b) AS data FROM (VALUES
			(1, '[1,0,0]'::jsonb, '"11110000"'::jsonb), (2, '[0,1,0]', '"11000000"'), (3, '[1,1,0]', '"00001111"'),
			(4, '[0,0,0]', '"00000000"'), (5, '[1,2]', '"1111"'), (6, '"[1,0,0]"', '"1111000x"'), (7, '[1,"a",0]', '5'),
			(8, '[1e400,0,0]', '""'), (9, '[[1,0,0]]', 'null'), (10, '[]', '[]'), (11, 'null', '{}')) AS r (id, d, b)`)
		for _, tt := range tests {
			t.Run(tt.operator, func(t *testing.T) {
				field := "dense"
				if tt.operand[11] == '"' {
					field = "bits"
				}
				q := query.From(schema + ".v").Where(query.Field(field).Is(tt.operator, json.RawMessage(tt.operand)))
				if has {
					if diff := cmp.Diff(tt.want, foundIDs(t, c, q)); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
					return
				}
				_, err := q.Run(testbed.Context(t), c)
				var refused *werr.ServerError
				if !errors.As(err, &refused) || refused.Code != "42704" && refused.Code != "42883" {
					t.Errorf("%v, want an error about the missing type or operator", err)
				}
			})
		}
	})
}
