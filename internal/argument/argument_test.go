package argument

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// argCase is an argument and its text form. A server parses it as the type sql; reads is the server's text form of the
// parsed value with time zone UTC, "" if that is the same.
type argCase struct {
	name  string
	arg   any
	want  string
	null  bool
	sql   string
	reads string
}

// Types like those of real programs.
type (
	namedString string
	namedInt    int16
	namedUint   uint8
	namedFloat  float32
	namedBool   bool
	namedBytes  []byte
	namedTime   time.Time
	namedInts   []int

	valuer        struct{ value any }
	pointerValuer struct{}
	failing       struct{}
	shade         uint8 // has a text form
	holdsItself   []any
)

func (v valuer) Value() (driver.Value, error)       { return v.value, nil }
func (*pointerValuer) Value() (driver.Value, error) { return "from a pointer", nil }
func (failing) Value() (driver.Value, error)        { return nil, errBroken }
func (s shade) MarshalText() ([]byte, error) {
	if s > 9 {
		return nil, errBroken
	}
	return []byte{'s', '0' + byte(s)}, nil
}

var errBroken = errors.New("broken on purpose")

func to[T any](v T) *T { return &v }

func at(zone int, year int, month time.Month, day, hour, minute, second, nano int) time.Time {
	return time.Date(year, month, day, hour, minute, second, nano, time.FixedZone("", zone))
}

// argCases are all kinds of arguments.
var argCases = slices.Concat(scalarCases, timeCases, arrayCases)

var scalarCases = []argCase{
	{name: "nil", arg: nil, null: true, sql: "text"},
	{name: "string", arg: "it's ü \\ \"", want: "it's ü \\ \"", sql: "text"},
	{name: "empty string", arg: "", want: "", sql: "text"},
	{name: "int", arg: -7, want: "-7", sql: "int4"},
	{name: "int8", arg: int8(math.MinInt8), want: "-128", sql: "int2"},
	{name: "int16", arg: int16(math.MaxInt16), want: "32767", sql: "int2"},
	{name: "int32", arg: int32(math.MinInt32), want: "-2147483648", sql: "int4"},
	{name: "int64", arg: int64(math.MinInt64), want: "-9223372036854775808", sql: "int8"},
	{name: "uint", arg: uint(7), want: "7", sql: "int4"},
	{name: "uint8", arg: uint8(255), want: "255", sql: "int4"},
	{name: "uint16", arg: uint16(65535), want: "65535", sql: "int4"},
	{name: "uint32", arg: uint32(math.MaxUint32), want: "4294967295", sql: "int8"},
	{name: "uint64", arg: uint64(math.MaxUint64), want: "18446744073709551615", sql: "numeric"},
	{name: "uintptr", arg: uintptr(1), want: "1", sql: "int4"},
	{name: "float64", arg: 0.1, want: "0.1", sql: "float8"},
	{name: "float64 whole", arg: 1e6, want: "1000000", sql: "int4"},
	{name: "float64 least", arg: 5e-324, want: "5e-324", sql: "float8"},
	{name: "float64 greatest", arg: math.MaxFloat64, want: "1.7976931348623157e+308", sql: "float8"},
	{name: "float64 minus zero", arg: math.Copysign(0, -1), want: "-0", sql: "float8"},
	{name: "float32", arg: float32(0.1), want: "0.1", sql: "float4"},
	{name: "float32 greatest", arg: float32(math.MaxFloat32), want: "3.4028235e+38", sql: "float4"},
	{name: "not a number", arg: math.NaN(), want: "NaN", sql: "float8"},
	{name: "infinity", arg: math.Inf(1), want: "Infinity", sql: "float8"},
	{name: "minus infinity", arg: float32(math.Inf(-1)), want: "-Infinity", sql: "float4"},
	{name: "true", arg: true, want: "true", sql: "bool"},
	{name: "false", arg: false, want: "false", sql: "bool"},
	{name: "bytea", arg: Bytea{0, 0xff, '\\'}, want: `\x00ff5c`, sql: "bytea"},
	{name: "empty bytea", arg: Bytea{}, want: `\x`, sql: "bytea"},
	{name: "nil bytea", arg: Bytea(nil), null: true, sql: "bytea"},
	{name: "pointer to a bytea", arg: to(Bytea("a")), want: `\x61`, sql: "bytea"},
	{name: "pointer to a nil bytea", arg: to(Bytea(nil)), null: true, sql: "bytea"},
	{name: "nil bytes", arg: []byte(nil), null: true, sql: "bytea"},
	{name: "json", arg: json.RawMessage(`{"a": [1, "\\"]}`), want: `{"a": [1, "\\"]}`, sql: "jsonb"},
	{name: "nil json", arg: json.RawMessage(nil), null: true, sql: "jsonb"},
	{name: "json number", arg: json.Number("1.50"), want: "1.50", sql: "numeric"},
	{name: "named string", arg: namedString("x"), want: "x", sql: "text"},
	{name: "named int", arg: namedInt(-3), want: "-3", sql: "int4"},
	{name: "named uint", arg: namedUint(3), want: "3", sql: "int4"},
	{name: "named float", arg: namedFloat(0.5), want: "0.5", sql: "float4"},
	{name: "named bool", arg: namedBool(true), want: "true", sql: "bool"},
	{name: "nil named bytes", arg: namedBytes(nil), null: true, sql: "bytea"},
	{name: "duration", arg: 90 * time.Second, want: "90 seconds", sql: "interval", reads: "00:01:30"},
	{name: "duration, microseconds", arg: 1500*time.Millisecond + 1999, want: "1.500001 seconds", sql: "interval", reads: "00:00:01.500001"},
	{name: "duration, a microsecond ago", arg: -time.Microsecond, want: "-0.000001 seconds", sql: "interval", reads: "-00:00:00.000001"},
	{name: "no duration", arg: time.Duration(0), want: "0 seconds", sql: "interval", reads: "00:00:00"},
	{name: "less than a microsecond", arg: -999 * time.Nanosecond, want: "0 seconds", sql: "interval", reads: "00:00:00"},
	{name: "longest duration", arg: time.Duration(math.MaxInt64), want: "9223372036.854775 seconds", sql: "interval",
		reads: "2562047:47:16.854775"},
	{name: "shortest duration", arg: time.Duration(math.MinInt64), want: "-9223372036.854775 seconds", sql: "interval",
		reads: "-2562047:47:16.854775"},
	{name: "pointer to a duration", arg: to(time.Hour), want: "3600 seconds", sql: "interval", reads: "01:00:00"},
	{name: "pointer", arg: to(5), want: "5", sql: "int4"},
	{name: "nil pointer", arg: (*int)(nil), null: true, sql: "int4"},
	{name: "pointer to pointer", arg: to(to("x")), want: "x", sql: "text"},
	{name: "pointer to nil pointer", arg: to((*string)(nil)), null: true, sql: "text"},
	{name: "pointer to interface", arg: to(any("x")), want: "x", sql: "text"},
	{name: "pointer to nil interface", arg: to(any(nil)), null: true, sql: "text"},
	{name: "pointer to json", arg: to(json.RawMessage(`[]`)), want: "[]", sql: "jsonb"},
	{name: "pointer to nil json", arg: to(json.RawMessage(nil)), null: true, sql: "jsonb"},
	{name: "valuer", arg: valuer{int64(5)}, want: "5", sql: "int4"},
	{name: "valuer of nil", arg: valuer{nil}, null: true, sql: "int4"},
	{name: "valuer of bytes", arg: valuer{[]byte(`{"ä": 1}`)}, want: `{"ä": 1}`, sql: "jsonb"},
	{name: "valuer of no bytes", arg: valuer{[]byte{}}, want: "", sql: "text"},
	{name: "valuer of nil bytes", arg: valuer{[]byte(nil)}, null: true, sql: "text"},
	{name: "valuer of a bytea", arg: valuer{Bytea("a")}, want: `\x61`, sql: "bytea"},
	{name: "valuer of a duration", arg: valuer{time.Minute}, want: "60 seconds", sql: "interval", reads: "00:01:00"},
	{name: "valuer of a named type", arg: valuer{namedInt(5)}, want: "5", sql: "int4"},
	{name: "valuer of a valuer", arg: valuer{valuer{"x"}}, want: "x", sql: "text"},
	{name: "pointer to a valuer", arg: &valuer{"x"}, want: "x", sql: "text"},
	{name: "nil pointer to a valuer", arg: (*valuer)(nil), null: true, sql: "text"},
	{name: "valuer by pointer", arg: &pointerValuer{}, want: "from a pointer", sql: "text"},
	{name: "nil valuer by pointer", arg: (*pointerValuer)(nil), null: true, sql: "text"},
	{name: "null string", arg: sql.NullString{}, null: true, sql: "text"},
	{name: "valid null string", arg: sql.NullString{String: "x", Valid: true}, want: "x", sql: "text"},
	{name: "text marshaler", arg: netip.MustParseAddr("::1"), want: "::1", sql: "inet", reads: "::1/128"},
	{name: "text marshaler before kind", arg: shade(3), want: "s3", sql: "text"},
	{name: "text marshaler of bytes", arg: net.IPv4(192, 0, 2, 1), want: "192.0.2.1", sql: "inet", reads: "192.0.2.1/32"},
	{name: "nil text marshaler of bytes", arg: net.IP(nil), null: true, sql: "inet"},
	{name: "text marshaler by pointer", arg: big.NewInt(-12), want: "-12", sql: "numeric"},
	{name: "nil text marshaler", arg: (*big.Int)(nil), null: true, sql: "numeric"},
}

const timestamptz = "timestamptz"

var timeCases = []argCase{
	{name: "time", arg: at(0, 2024, 2, 29, 13, 14, 15, 0), want: "2024-02-29 13:14:15+00:00",
		sql: timestamptz, reads: "2024-02-29 13:14:15+00"},
	{name: "time, microseconds", arg: at(0, 2024, 2, 29, 13, 14, 15, 120_456_999),
		want: "2024-02-29 13:14:15.120456+00:00", sql: timestamptz, reads: "2024-02-29 13:14:15.120456+00"},
	{name: "time, a microsecond", arg: at(0, 2024, 2, 29, 0, 0, 0, 1000), want: "2024-02-29 00:00:00.000001+00:00",
		sql: timestamptz, reads: "2024-02-29 00:00:00.000001+00"},
	{name: "time, offset", arg: at(-5*3600-1800, 2024, 1, 1, 0, 0, 0, 0), want: "2024-01-01 00:00:00-05:30",
		sql: timestamptz, reads: "2024-01-01 05:30:00+00"},
	{name: "time, offset with seconds", arg: at(1172, 1890, 1, 1, 0, 0, 0, 0), want: "1890-01-01 00:00:00+00:19:32",
		sql: timestamptz, reads: "1889-12-31 23:40:28+00"},
	{name: "time, offset out of range", arg: at(17*3600, 2024, 1, 2, 0, 0, 0, 0), want: "2024-01-01 07:00:00+00:00",
		sql: timestamptz, reads: "2024-01-01 07:00:00+00"},
	{name: "time, greatest offset", arg: at(16*3600-1, 2024, 1, 2, 0, 0, 0, 0), want: "2024-01-02 00:00:00+15:59:59",
		sql: timestamptz, reads: "2024-01-01 08:00:01+00"},
	{name: "time without zone", arg: at(3600, 2024, 1, 2, 3, 4, 5, 0), want: "2024-01-02 03:04:05+01:00",
		sql: "timestamp", reads: "2024-01-02 03:04:05"},
	{name: "date", arg: at(3600, 2024, 1, 2, 3, 4, 5, 0), want: "2024-01-02 03:04:05+01:00",
		sql: "date", reads: "2024-01-02"},
	{name: "zero time", arg: time.Time{}, want: "0001-01-01 00:00:00+00:00",
		sql: timestamptz, reads: "0001-01-01 00:00:00+00"},
	{name: "year 33", arg: at(0, 33, 4, 3, 0, 0, 0, 0), want: "0033-04-03 00:00:00+00:00",
		sql: timestamptz, reads: "0033-04-03 00:00:00+00"},
	{name: "year 0", arg: at(0, 0, 12, 31, 0, 0, 0, 0), want: "0001-12-31 00:00:00+00:00 BC",
		sql: timestamptz, reads: "0001-12-31 00:00:00+00 BC"},
	{name: "ides of March", arg: at(0, -43, 3, 15, 12, 0, 0, 500_000), want: "0044-03-15 12:00:00.0005+00:00 BC",
		sql: timestamptz, reads: "0044-03-15 12:00:00.0005+00 BC"},
	{name: "year 10000", arg: at(0, 10000, 1, 1, 0, 0, 0, 0), want: "10000-01-01 00:00:00+00:00",
		sql: timestamptz, reads: "10000-01-01 00:00:00+00"},
	{name: "year 294276", arg: at(0, 294276, 12, 31, 23, 59, 59, 0), want: "294276-12-31 23:59:59+00:00",
		sql: timestamptz, reads: "294276-12-31 23:59:59+00"},
	{name: "year 4713 BC", arg: at(0, -4712, 1, 1, 0, 0, 0, 0), want: "4713-01-01 00:00:00+00:00 BC",
		sql: timestamptz, reads: "4713-01-01 00:00:00+00 BC"},
	{name: "named time", arg: namedTime(at(0, 2024, 1, 1, 0, 0, 0, 0)), want: "2024-01-01 00:00:00+00:00",
		sql: timestamptz, reads: "2024-01-01 00:00:00+00"},
	{name: "pointer to a time", arg: to(at(0, 2024, 1, 1, 0, 0, 0, 0)), want: "2024-01-01 00:00:00+00:00",
		sql: timestamptz, reads: "2024-01-01 00:00:00+00"},
	{name: "nil pointer to a time", arg: (*time.Time)(nil), null: true, sql: timestamptz},
	{name: "null time", arg: sql.NullTime{}, null: true, sql: timestamptz},
}

var arrayCases = []argCase{
	{name: "ints", arg: []int{1, -2, 3}, want: "{1,-2,3}", sql: "int4[]"},
	{name: "no ints", arg: []int{}, want: "{}", sql: "int4[]"},
	{name: "nil ints", arg: []int(nil), null: true, sql: "int4[]"},
	{name: "array of ints", arg: [2]int64{1, 2}, want: "{1,2}", sql: "int8[]"},
	{name: "array of none", arg: [0]int64{}, want: "{}", sql: "int8[]"},
	{name: "named ints", arg: namedInts{1}, want: "{1}", sql: "int4[]"},
	{name: "pointer to ints", arg: &[]int{1}, want: "{1}", sql: "int4[]"},
	{name: "uint16s", arg: []uint16{1, 65535}, want: "{1,65535}", sql: "int4[]"},
	{name: "floats", arg: []float64{0.5, math.NaN(), math.Inf(-1), 1e300},
		want: "{0.5,NaN,-Infinity,1e+300}", sql: "float8[]"},
	{name: "bools", arg: []bool{true, false}, want: "{true,false}", sql: "bool[]", reads: "{t,f}"},
	{name: "strings", arg: []string{"a", "", "NULL", `"\`, "{,}", " x\n", "ü"},
		want: `{"a","","NULL","\"\\","{,}"," x` + "\n" + `","ü"}`, sql: "text[]",
		reads: `{a,"","NULL","\"\\","{,}"," x` + "\n" + `",ü}`},
	{name: "named strings", arg: []namedString{"a"}, want: `{"a"}`, sql: "text[]", reads: "{a}"},
	{name: "pointers to strings", arg: []*string{to("a"), nil}, want: `{"a",NULL}`, sql: "text[]", reads: "{a,NULL}"},
	{name: "anything", arg: []any{1, "b", nil, to(3)}, want: `{1,"b",NULL,3}`, sql: "text[]", reads: "{1,b,NULL,3}"},
	{name: "byteas", arg: []Bytea{{1, 2}, {}, nil}, want: `{"\\x0102","\\x",NULL}`, sql: "bytea[]"},
	{name: "nil bytes in an array", arg: [][]byte{nil}, want: `{NULL}`, sql: "text[]"},
	{name: "valuers of bytes", arg: []valuer{{[]byte(`"`)}, {[]byte(nil)}}, want: `{"\"",NULL}`, sql: "text[]"},
	{name: "durations", arg: []time.Duration{time.Second, -time.Millisecond}, want: `{"1 seconds","-0.001000 seconds"}`,
		sql: "interval[]", reads: "{00:00:01,-00:00:00.001}"},
	{name: "times", arg: []time.Time{at(0, 2024, 1, 1, 0, 0, 0, 0), at(0, -43, 3, 15, 0, 0, 0, 0)},
		want: `{"2024-01-01 00:00:00+00:00","0044-03-15 00:00:00+00:00 BC"}`, sql: "timestamptz[]",
		reads: `{"2024-01-01 00:00:00+00","0044-03-15 00:00:00+00 BC"}`},
	{name: "jsons", arg: []json.RawMessage{[]byte(`{"a": "\n"}`), nil}, want: `{"{\"a\": \"\\n\"}",NULL}`, sql: "jsonb[]"},
	{name: "valuers", arg: []valuer{{"x"}, {nil}, {int64(2)}}, want: `{"x",NULL,2}`, sql: "text[]", reads: "{x,NULL,2}"},
	{name: "text marshalers of bytes", arg: []shade{1, 2}, want: `{"s1","s2"}`, sql: "text[]", reads: "{s1,s2}"},
	{name: "addresses", arg: []net.IP{net.IPv4(192, 0, 2, 1)}, want: `{"192.0.2.1"}`, sql: "inet[]", reads: "{192.0.2.1}"},
	{name: "nested", arg: [][]int{{1, 2}, {3, 4}}, want: "{{1,2},{3,4}}", sql: "int4[]"},
	{name: "nested arrays", arg: [2][1][]string{{{"a"}}, {{"b"}}},
		want: `{{{"a"}},{{"b"}}}`, sql: "text[]", reads: "{{{a}},{{b}}}"},
	{name: "nested, empty", arg: [][]int{{}, {}}, want: "{}", sql: "int4[]"},
	{name: "nested, nil", arg: [][]int{nil}, want: "{}", sql: "int4[]"},
	{name: "nested, nil addresses", arg: []net.IP{nil}, want: "{NULL}", sql: "inet[]"},
	{name: "strings of braces", arg: [][]string{{"{}"}}, want: `{{"{}"}}`, sql: "text[]"},
	{name: "one empty string", arg: []string{""}, want: `{""}`, sql: "text[]"},
}

func TestEncode(t *testing.T) {
	t.Parallel()
	for _, tc := range argCases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			// Between two others, to show that arguments do not affect each other.
			got, err := Encode([]any{"before", tc.arg, "after"})
			if err != nil {
				t.Fatal(err)
			}
			if string(got[0]) != "before" || string(got[2]) != "after" {
				t.Errorf("the other arguments are %q and %q", got[0], got[2])
			}
			if null := got[1] == nil; null != tc.null || string(got[1]) != tc.want {
				t.Errorf("%q, NULL: %t; want %q, NULL: %t", got[1], null, tc.want, tc.null)
			}
			if cap(got[1]) != len(got[1]) {
				t.Errorf("capacity %d for %d bytes", cap(got[1]), len(got[1]))
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	loop := make(holdsItself, 1)
	loop[0] = loop
	type ring *ring
	var pointer ring
	pointer = &pointer
	for name, tc := range map[string]struct {
		arg  any
		text string // in the error
	}{
		"struct":              {struct{ Secret string }{"secret"}, "struct { Secret string } has no text form"},
		"map":                 {map[string]int{"secret": 1}, "map[string]int has no text form"},
		"nil map":             {map[string]int(nil), "map[string]int has no text form"},
		"function":            {func() {}, "func() has no text form"},
		"channel":             {make(chan int), "chan int has no text form"},
		"complex":             {complex(1, 2), "complex128 has no text form"},
		"slice of functions":  {[]func(){func() {}}, "[]func() holds func(), which"},
		"pointer to a struct": {&struct{}{}, "*struct {} holds struct {}, which"},
		"NUL":                 {"sec\x00ret", "string holds a NUL"},
		"NUL in an array":     {[]string{"", "sec\x00ret"}, "[]string holds a NUL"},
		"NUL in json":         {json.RawMessage("\"\x00\""), "json.RawMessage holds a NUL"},
		"not UTF-8":           {"secret\xff", "string is text that is not UTF-8"},
		"not UTF-8, by kind":  {namedString("secret\xff"), "not UTF-8"},
		"bytes":               {[]byte("secret"), "[]uint8 holds bytes"},
		"bytes, the ways out": {[]byte("secret"), "pass a string, a json.RawMessage, or a conn.Bytea"},
		"no bytes":            {[]byte{}, "holds bytes"},
		"named bytes":         {namedBytes("secret"), "namedBytes holds bytes"},
		"raw bytes":           {sql.RawBytes("secret"), "sql.RawBytes holds bytes"},
		"pointer to bytes":    {to([]byte("secret")), "holds bytes"},
		"array of bytes":      {[6]byte([]byte("secret")), "[6]uint8 holds bytes"},
		"slice of bytes":      {[][]byte{[]byte("secret")}, "[][]uint8 holds bytes"},
		"any bytes":           {[]any{[]byte("secret")}, "holds bytes"},
		"valuer, not UTF-8":   {valuer{[]byte("secret\xff")}, "valuer holds bytes"},
		"valuer, NUL":         {valuer{[]byte("sec\x00ret")}, "valuer holds bytes"},
		"valuer, named bytes": {valuer{namedBytes("secret")}, "valuer holds bytes"},
		"failing valuer":      {failing{}, "Value failed: broken on purpose"},
		"failing marshaler":   {shade(10), "MarshalText failed: broken on purpose"},
		"slice in itself":     {loop, "holds itself"},
		"pointer to itself":   {pointer, "holds itself"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Encode([]any{1, tc.arg})
			var wrong *werr.UsageError
			if !errors.As(err, &wrong) || got != nil {
				t.Fatalf("%q, error %T %v, want a UsageError", got, err, err)
			}
			if text := err.Error(); !strings.Contains(text, "argument $2 of type ") || !strings.Contains(text, tc.text) {
				t.Errorf("error %q, want $2 and %q in its text", text, tc.text)
			}
			if text := err.Error(); strings.Contains(strings.ReplaceAll(text, "Secret string", ""), "ecret") {
				t.Errorf("the value is in %q", text)
			}
			if strings.Contains(tc.text, "broken") && !errors.Is(err, errBroken) {
				t.Errorf("error %v does not wrap its cause", err)
			}
		})
	}
}

func TestEncodeNone(t *testing.T) {
	t.Parallel()
	for _, args := range [][]any{nil, {}} {
		if got, err := Encode(args); len(got) > 0 || err != nil {
			t.Errorf("%q, error %v", got, err)
		}
	}
}

// TestEncodeAllocates checks that the arguments of a small query cost two allocations: the list, and one buffer for
// all.
func TestEncodeAllocates(t *testing.T) {
	args := []any{1, "alice", true, 0.5, time.Unix(0, 0).UTC()}
	if n := testing.AllocsPerRun(100, func() { _, _ = Encode(args) }); n > 2 {
		t.Errorf("%v allocations, want 2", n)
	}
}
