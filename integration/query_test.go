package integration_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func TestRowsComeInOrder(t *testing.T) {
	t.Parallel()
	const n = 20_000
	testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
		testbed.AllModes.Run(t, func(t *testing.T, mode testbed.Mode) {
			t.Parallel()
			c := testbed.Connect(t, dsn)
			pid := c.PID()
			s := testbed.Query(t, c, testbed.Documents(n), mode.Option())
			id := 0
			for s.Next() {
				id++
				if got, want := string(s.Row()), fmt.Sprintf(`{"id": %d}`, id); got != want {
					t.Fatalf("row %d is %s", id, got)
				}
			}
			if err := s.Err(); err != nil || id != n {
				t.Fatalf("%d rows of %d, then %v", id, n, err)
			}
			if st := s.Stats(); st.TotalRowsYielded != n || st.State != stream.Completed {
				t.Errorf("stats %+v", st)
			}
			testbed.Usable(t, c, pid)
		})
	})
}

func TestValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, sql string
		want      []string
	}{
		{"no rows", "SELECT data FROM (SELECT '{}'::json AS data) d WHERE false", nil},
		{"json is kept as written", `SELECT '{"b" : 1,  "a":[ ]}'::json AS data`, []string{`{"b" : 1,  "a":[ ]}`}},
		{"jsonb is normalised", `SELECT '{"b" : 1,  "a":[ ]}'::jsonb AS data`, []string{`{"a": [], "b": 1}`}},
		{"scalars", `SELECT v::jsonb AS data FROM unnest(ARRAY['1', '"x"', 'null', 'true']) v`,
			[]string{"1", `"x"`, "null", "true"}},
		{"unicode", `SELECT '"ä €"'::json AS data`, []string{`"ä €"`}},
		{"a domain", "SELECT to_json(1)::wire_document AS data", []string{"1"}},
	}
	testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
		c := testbed.Connect(t, dsn)
		// A temporary type, so that parallel tests do not conflict.
		testbed.Execute(t, c, "CREATE DOMAIN pg_temp.wire_document AS json")
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if diff := cmp.Diff(tt.want, testbed.Rows(t, testbed.Query(t, c, tt.sql))); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
			})
		}
	})
}
