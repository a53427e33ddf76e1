package integration_test

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"math"
	"net/netip"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

type (
	userID   int64
	userName string
)

// stored is a type whose Valuer returns bytes, like the document types of many libraries.
type stored []byte

func (s stored) Value() (driver.Value, error) { return []byte(s), nil }

func address[T any](v T) *T { return &v }

// argument is a Go value, the SQL type of its parameter, and the JSON that the server makes of it.
type argument struct {
	name  string
	value any
	typ   string
	want  string
}

var berlin = time.FixedZone("CET", 3600)

var scalarArguments = []argument{
	{"text", "it's", "text", `"it's"`},
	{"empty text", "", "text", `""`},
	{"unicode", "ä€😀\u2028\t\n\"\\", "text", `"ä€😀` + "\u2028" + `\t\n\"\\"`},
	{"dollars", "$1 $$ $x$", "text", `"$1 $$ $x$"`},
	{"named string", userName("ann"), "text", `"ann"`},
	{"int", -42, "int", "-42"},
	{"int8", int8(math.MinInt8), "smallint", "-128"},
	{"int64", int64(math.MinInt64), "bigint", "-9223372036854775808"},
	{"uint64", uint64(math.MaxUint64), "numeric", "18446744073709551615"},
	{"named int", userID(7), "bigint", "7"},
	{"int as text", 5, "text", `"5"`},
	{"float64", 0.1, "float8", "0.1"},
	{"float64, shortest", 1e300, "float8", "1e+300"},
	{"float64, whole", 3.0, "int", "3"},
	{"float32", float32(0.1), "float4", "0.1"},
	{"NaN", math.NaN(), "float8", `"NaN"`},
	{"infinity", math.Inf(1), "float8", `"Infinity"`},
	{"minus infinity", math.Inf(-1), "float8", `"-Infinity"`},
	{"negative zero", math.Copysign(0, -1), "float8", "-0"},
	{"true", true, "bool", "true"},
	{"false", false, "bool", "false"},
	{"bytea", conn.Bytea{0, 1, 0xff, '\''}, "bytea", `"\\x0001ff27"`},
	{"empty bytea", conn.Bytea{}, "bytea", `"\\x"`},
	{"a Valuer's text", stored("ann"), "text", `"ann"`},
	{"a Valuer's document", stored(`{"a": 1}`), "jsonb", `{"a": 1}`},
	{"a Valuer's text for a bytea", stored("ann"), "bytea", `"\\x616e6e"`},
	{"a Valuer's hex for a bytea", stored(`\x616e6e`), "bytea", `"\\x616e6e"`},
	{"duration", 90 * time.Second, "interval", `"00:01:30"`},
	{"duration before", -1500 * time.Millisecond, "interval", `"-00:00:01.5"`},
	{"json", json.RawMessage(`{"a": [1, null]}`), "jsonb", `{"a": [1, null]}`},
	{"json as text", `{"a":1}`, "json", `{"a":1}`},
	{"uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid", `"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"`},
	{"text marshaler", netip.MustParseAddr("10.0.0.1"), "inet", `"10.0.0.1"`},
	{"valuer", sql.NullInt64{Int64: 9, Valid: true}, "int", "9"},
	{"pointer", address(8), "int", "8"},
	{"pointer to pointer", address(address("p")), "text", `"p"`},
}

var nullArguments = []argument{
	{"nil", nil, "int", ""},
	{"nil pointer", (*int)(nil), "int", ""},
	{"nil bytes", []byte(nil), "bytea", ""},
	{"nil bytea", conn.Bytea(nil), "bytea", ""},
	{"a Valuer's nil bytes", stored(nil), "text", ""},
	{"nil json", json.RawMessage(nil), "jsonb", ""},
	{"nil slice", []int(nil), "int[]", ""},
	{"valuer of nothing", sql.NullString{}, "text", ""},
	{"nil time", (*time.Time)(nil), "timestamptz", ""},
	{"the word null", "null", "text", `"null"`},
	{"the json null", json.RawMessage("null"), "jsonb", "null"},
}

var arrayArguments = []argument{
	{"ints", []int{1, -2, 3}, "int[]", "[1,-2,3]"},
	{"texts", []string{"a", "", "NULL", "null", `q"\`, "{,}", " x ", "it's"}, "text[]",
		`["a","","NULL","null","q\"\\","{,}"," x ","it's"]`},
	{"no elements", []string{}, "text[]", "[]"},
	{"nulls", []*int{address(1), nil}, "int[]", "[1,null]"},
	{"two dimensions", [][]int{{1, 2}, {3, 4}}, "int[]", "[[1,2],[3,4]]"},
	{"floats", []float64{math.NaN(), math.Inf(1), 1.5}, "float8[]", `["NaN","Infinity",1.5]`},
	{"bools", []bool{true, false}, "bool[]", "[true,false]"},
	{"byteas", []conn.Bytea{{1}, {}, nil}, "bytea[]", `["\\x01","\\x",null]`},
	{"durations", []time.Duration{time.Second, time.Hour}, "interval[]", `["00:00:01","01:00:00"]`},
	{"documents", []json.RawMessage{json.RawMessage(`{"a":"b,c"}`), json.RawMessage(`[1]`)}, "json[]",
		`[{"a":"b,c"},[1]]`},
	{"times", []time.Time{time.Date(2024, 2, 29, 1, 2, 3, 0, time.UTC)}, "timestamptz[]", `["2024-02-29T01:02:03+00:00"]`},
	{"named", []userID{1, 2}, "bigint[]", "[1,2]"},
	{"interfaces", []any{1, nil, "2"}, "int[]", "[1,null,2]"},
	{"array", [2]string{"x", "y"}, "text[]", `["x","y"]`},
}

var timeArguments = []argument{
	{"timestamptz", time.Date(2024, 2, 29, 12, 0, 0, 123456789, berlin), "timestamptz",
		`"2024-02-29T11:00:00.123456+00:00"`},
	{"timestamp", time.Date(2024, 2, 29, 12, 0, 0, 0, berlin), "timestamp", `"2024-02-29T12:00:00"`},
	{"date", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), "date", `"0001-01-01"`},
	{"before Christ", time.Date(-43, 3, 15, 0, 0, 0, 0, time.UTC), "date", `"0044-03-15 BC"`},
	{"far", time.Date(12024, 1, 1, 0, 0, 0, 0, time.UTC), "timestamptz", `"12024-01-01T00:00:00+00:00"`},
	{"local mean time", time.Date(1880, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3208)), "timestamptz",
		`"1879-12-31T23:06:32+00:00"`},
	{"pointer", address(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)), "timestamptz", `"2024-01-01T00:00:00+00:00"`},
	{"zero", time.Time{}, "timestamptz", `"0001-01-01T00:00:00+00:00"`},
	{"duration's own text", (90 * time.Second).String(), "interval", `"00:01:30"`},
}
