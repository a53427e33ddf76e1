package integration_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

type point struct{ X, Y int }

func TestArguments(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
		c := testbed.Connect(t, dsn, func(cfg *conn.Config) { cfg.RuntimeParams["TimeZone"] = "UTC" })
		for group, tests := range map[string][]argument{
			"scalars": scalarArguments, "nulls": nullArguments, "arrays": arrayArguments, "times": timeArguments,
		} {
			t.Run(group, func(t *testing.T) {
				for _, tt := range tests {
					if got := testbed.Ask(t, c, "SELECT to_json($1::"+tt.typ+") AS data", tt.value); got != tt.want {
						t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
					}
				}
			})
		}
		testbed.Usable(t, c, c.PID())
	})
}

// Text that looks like SQL stays a value, in each place where a value is allowed.
func TestArgumentsAreNotSQL(t *testing.T) {
	t.Parallel()
	hostile := []string{
		`'; DROP TABLE victims; --`, `' OR '1'='1`, `x'||(SELECT pg_sleep(60))||'`, `\'; DROP TABLE victims; --`,
		`"; DROP TABLE victims; --`, `$1`, `$$; DROP TABLE victims; $$`, `{"a"}`, `},{"x"`, `\"},{\"x`,
		"\r\n; DROP TABLE victims;",
		`/* */ --`, `NULL`, "\u02bc; DROP TABLE victims", strings.Repeat("'", 10_000),
	}
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		c := testbed.Connect(t, s.DSN())
		testbed.Execute(t, c, "CREATE TEMPORARY TABLE victims AS SELECT 'kept' AS name")
		for _, text := range hostile {
			quoted, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			for name, test := range map[string]struct {
				sql  string
				arg  any
				want string
			}{
				"text":      {"SELECT to_json($1::text)::jsonb AS data", text, ""},
				"element":   {"SELECT to_json(($1::text[])[2])::jsonb AS data", []string{"a", text, "b"}, ""},
				"length":    {"SELECT to_json(array_length($1::text[], 1)) AS data", []string{text, text, text}, "3"},
				"condition": {"SELECT to_json(count(*)) AS data FROM victims WHERE name = $1", text, "0"},
				"document":  {"SELECT $1::jsonb AS data", json.RawMessage(quoted), ""},
				"json key":  {"SELECT to_json(coalesce('{}'::jsonb ->> $1, 'none')) AS data", text, `"none"`},
			} {
				got := testbed.Ask(t, c, test.sql, test.arg)
				if test.want == "" {
					var back string
					if err := json.Unmarshal([]byte(got), &back); err != nil || back != text {
						t.Errorf("%.40q as %s came back as %.40q, %v", text, name, back, err)
					}
				} else if got != test.want {
					t.Errorf("%.40q as %s: %s, want %s", text, name, got, test.want)
				}
			}
		}
		if got := testbed.Ask(t, c, "SELECT to_json(name) AS data FROM victims"); got != `"kept"` {
			t.Errorf("the table contains %s", got)
		}
	})
}

// Refused before anything is sent: the error names the position and the type, but not the value.
func TestRefusedArguments(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	pid := c.PID()
	for _, tt := range []struct {
		name  string
		value any
		says  string
	}{
		{"struct", point{1, 2}, "integration_test.point"},
		{"map", map[string]string{"k": "s3cret"}, "map[string]string"},
		{"channel", make(chan int), "chan int"},
		{"function", func() {}, "func()"},
		{"complex", complex(1, 2), "complex128"},
		{"slice of structs", []point{{}}, "integration_test.point"},
		{"NUL", "s3cret\x00", "NUL"},
		{"NUL in an array", []string{"s3cret\x00"}, "NUL"},
		{"not UTF-8", "s3cret\xff", "UTF-8"},
		{"bytes", []byte("s3cret"), "conn.Bytea"},
		{"slice of bytes", [][]byte{[]byte("s3cret")}, "json.RawMessage"},
		{"array of bytes", [2]byte{1, 2}, "a string"},
		{"bytes of a Valuer that are not text", stored("s3cret\xff"), "conn.Bytea"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := c.QueryArgs(testbed.Context(t), "SELECT to_json($1::int + length($2)) AS data", []any{1, tt.value})
			if werr.CategoryOf(err) != werr.CategoryUsage || werr.SafeToRetry(err) {
				t.Fatalf("%v, want a UsageError", err)
			}
			text := err.Error()
			if !strings.Contains(text, "$2") || !strings.Contains(text, tt.says) || strings.Contains(text, "s3cret") {
				t.Errorf("%q; want $2 and %s, and not the value", text, tt.says)
			}
			testbed.Usable(t, c, pid)
		})
	}
}

// Arguments that the server refuses cause its error, and the connection stays usable.
func TestArgumentsThatTheServerRefuses(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
		c := testbed.Connect(t, dsn)
		pid := c.PID()
		for _, tt := range []struct {
			name, sql string
			args      []any
			code      string
		}{
			{"no number", "SELECT to_json($1::int) AS data", []any{"x"}, "22P02"},
			{"out of range", "SELECT to_json($1::smallint) AS data", []any{1 << 20}, "22003"},
			{"no document", "SELECT $1::json AS data", []any{"{"}, "22P02"},
			{"no type", "SELECT to_json($1) AS data", []any{1}, "42804"},
			{"a duration for a number", "SELECT to_json($1::int) AS data", []any{time.Second}, "22P02"},
			{"no array", "SELECT to_json($1::int[]) AS data", []any{"1,2"}, "22P02"},
			{"ragged", "SELECT to_json($1::int[]) AS data", []any{[][]int{{1}, {2, 3}}}, "22P02"},
		} {
			_, err := c.QueryArgs(testbed.Context(t), tt.sql, tt.args)
			if testbed.SQLState(err) != tt.code {
				t.Errorf("%s: %v, want SQLSTATE %s", tt.name, err, tt.code)
			}
			testbed.Usable(t, c, pid)
		}
	})
}

// The server detects a wrong number of arguments. Placeholders in strings, comments and names do not count.
func TestWrongNumberOfArguments(t *testing.T) {
	t.Parallel()
	testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
		c := testbed.Connect(t, dsn)
		pid := c.PID()
		for _, tt := range []struct {
			name, sql string
			args      []any
			says      string
		}{
			{"too few", "SELECT to_json($1::int + $2::int) AS data", []any{1}, "got 1, the statement wants 2"},
			{"too many", "SELECT to_json($1::int) AS data", []any{1, 2, 3}, "got 3, the statement wants 1"},
			{"none", "SELECT to_json($1::int) AS data", nil, "got 0, the statement wants 1"},
			{"none wanted", "SELECT '\"$1\"'::json AS data -- $2", []any{1}, "got 1, the statement wants 0"},
		} {
			_, err := c.QueryArgs(testbed.Context(t), tt.sql, tt.args)
			if werr.CategoryOf(err) != werr.CategoryUsage || werr.SafeToRetry(err) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s: %v, want a UsageError that says %q", tt.name, err, tt.says)
			}
			testbed.Usable(t, c, pid)
		}
	})
}

// The greatest number of arguments in a Bind.
func TestManyArguments(t *testing.T) {
	t.Parallel()
	c := testbed.Connect(t, testbed.DSN(t))
	args, places := make([]any, 65535), make([]string, 65535)
	for i := range args {
		args[i], places[i] = i, fmt.Sprintf("$%d::int", i+1)
	}
	sql := "SELECT to_json(sum(n)) AS data FROM unnest(ARRAY[" + strings.Join(places, ",") + "]) n"
	if got := testbed.Ask(t, c, sql, args...); got != "2147385345" {
		t.Errorf("the sum is %s", got)
	}
	_, err := c.QueryArgs(testbed.Context(t), "SELECT to_json($1::int) AS data", append(args, 1))
	if werr.CategoryOf(err) != werr.CategoryUsage {
		t.Errorf("one more: %v", err)
	}
	testbed.Usable(t, c, c.PID())
	big := strings.Repeat("x", 20_000_000)
	if got := testbed.Ask(t, c, "SELECT to_json(md5($1) = md5(repeat('x', 20000000))) AS data", big); got != "true" {
		t.Errorf("20 MB of text came through: %s", got)
	}
	if diff := cmp.Diff("[1,2]", testbed.Ask(t, c, "SELECT to_json(ARRAY[$2::int, $1::int]) AS data", 2, 1)); diff != "" {
		t.Error(diff)
	}
}
