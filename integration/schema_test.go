package integration_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// The schema rule is enforced before any row is read, leaves nothing behind, and keeps the connection usable.
func TestSchemaErrors(t *testing.T) {
	tests := []struct {
		name, sql string
		want      werr.SchemaError
	}{
		{"two columns", "SELECT '1'::json AS data, 2 AS other", werr.SchemaError{Columns: []string{"data", "other"}}},
		{"twice the same", "SELECT '1'::json AS data, '1'::json AS data",
			werr.SchemaError{Columns: []string{"data", "data"}}},
		{"no column", "SELECT FROM generate_series(1, 3)", werr.SchemaError{}},
		{"named payload", "SELECT '1'::json AS payload", werr.SchemaError{Columns: []string{"payload"}, OID: 114}},
		{"a capital letter", `SELECT '1'::json AS "Data"`, werr.SchemaError{Columns: []string{"Data"}, OID: 114}},
		{"without a name", "SELECT '1'::json", werr.SchemaError{Columns: []string{"json"}, OID: 114}},
		{"text", "SELECT 'x'::text AS data", werr.SchemaError{Columns: []string{"data"}, OID: 25}},
		{"unknown", "SELECT '{}' AS data", werr.SchemaError{Columns: []string{"data"}, OID: 25}},
		{"array of json", "SELECT ARRAY['1'::json] AS data", werr.SchemaError{Columns: []string{"data"}, OID: 199}},
		{"array of jsonb", "SELECT ARRAY['1'::jsonb] AS data", werr.SchemaError{Columns: []string{"data"}, OID: 3807}},
		{"large", "SELECT generate_series(1, 50000000)::text AS data", werr.SchemaError{Columns: []string{"data"}, OID: 25}},
		{"a plan", "EXPLAIN (FORMAT JSON) SELECT 1", werr.SchemaError{Columns: []string{"QUERY PLAN"}, OID: 114}},
		{"a setting", "SHOW server_version", werr.SchemaError{Columns: []string{"server_version"}, OID: 25}},
	}
	testbed.OnServers(t, func(t *testing.T, server *pgserver.Server) { // the result is the same on every route
		c := testbed.Connect(t, server.DSN())
		pid := c.PID()
		testbed.Usable(t, c, pid)
		for _, tt := range tests {
			for name, opts := range map[string][]stream.Option{"extended": nil, "simple": {stream.WithSimpleProtocol()}} {
				t.Run(tt.name+"/"+name, func(t *testing.T) {
					before := testbed.TakeStock(t)
					s, err := c.Query(t.Context(), tt.sql, opts...)
					var got *werr.SchemaError
					if s != nil || !errors.As(err, &got) {
						t.Fatalf("stream %v, error %v; want a SchemaError", s, err)
					}
					if diff := cmp.Diff(&tt.want, got, cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
					if werr.SafeToRetry(err) {
						t.Error("safe to retry, although it would fail again")
					}
					before.CheckNothingLeft(t)
					testbed.Usable(t, c, pid)
				})
			}
		}
	})
}

// Only the column of the result matters, not how it was computed.
func TestAcceptedSchemas(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, sql string }{
		{"domain over json", "SELECT '1'::json::pg_temp.document AS data"},
		{"domain over a domain", "SELECT '1'::json::pg_temp.checked AS data"},
		{"domain over jsonb", "SELECT '1'::jsonb::pg_temp.binary_document AS data"},
		{"values", "SELECT * FROM (VALUES ('1'::json)) v(data)"},
		{"a table", "TABLE pg_temp.documents"},
		{"common table expression", "WITH d AS (SELECT 1 AS n) SELECT to_json(n) AS data FROM d"},
		{"union", "SELECT '1'::json AS data WHERE false UNION ALL SELECT '1'::json"},
		{"a quoted name", `SELECT '1'::json AS "data"`},
		{"an upper case name, which PostgreSQL folds", "SELECT '1'::json AS DATA"},
		{"a semicolon at the end", "SELECT '1'::json AS data;"},
		{"comments around", "/* ; */ SELECT '1'::json AS data -- ;"},
	}
	testbed.OnServers(t, func(t *testing.T, server *pgserver.Server) { // the result is the same on every route
		c := testbed.Connect(t, server.DSN())
		for _, sql := range []string{
			"CREATE DOMAIN pg_temp.document AS json",
			"CREATE DOMAIN pg_temp.checked AS pg_temp.document NOT NULL CHECK (json_typeof(VALUE) = 'number')",
			"CREATE DOMAIN pg_temp.binary_document AS jsonb",
			"CREATE TEMPORARY TABLE documents AS SELECT '1'::jsonb AS data",
		} {
			testbed.Execute(t, c, sql)
		}
		for _, tt := range tests {
			for name, opts := range map[string][]stream.Option{"extended": nil, "simple": {stream.WithSimpleProtocol()}} {
				t.Run(tt.name+"/"+name, func(t *testing.T) {
					if diff := cmp.Diff([]string{"1"}, testbed.Rows(t, testbed.Query(t, c, tt.sql, opts...))); diff != "" {
						t.Errorf("rows (-want +got):\n%s", diff)
					}
				})
			}
		}
	})
}
