package stream

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// nested returns a document of arrays and objects nested to the given depth.
func nested(depth int) string {
	var open, shut strings.Builder
	for i := range depth {
		if i%3 == 0 {
			open.WriteString(`{"a":`)
		} else {
			open.WriteByte('[')
		}
		if j := depth - 1 - i; j%3 == 0 {
			shut.WriteByte('}')
		} else {
			shut.WriteByte(']')
		}
	}
	return open.String() + "1" + shut.String()
}

func TestValidatorDepth(t *testing.T) {
	t.Parallel()
	var v validator
	for _, depth := range []int{0, 1, 63, 64, 65, 9_999, 10_000, 10_001, 100_000, maxDepth} {
		if err := v.check([]byte(nested(depth))); err != nil {
			t.Errorf("depth %d: %v", depth, err)
		}
		if err := v.check([]byte(nested(depth) + "]")); !errors.Is(err, errNotJSON) {
			t.Errorf("depth %d and a bracket: %v", depth, err)
		}
	}
	for _, doc := range []string{nested(maxDepth + 1), strings.Repeat("[", 10*maxDepth), strings.Repeat(`{"":`, maxDepth+1)} {
		err := v.check([]byte(doc))
		if !errors.Is(err, errTooDeep) || err.Error() != "nested deeper than 1048576 levels" {
			t.Errorf("too deep: %v", err)
		}
	}
	if err := v.check([]byte(nested(3))); err != nil {
		t.Errorf("after one that was too deep: %v", err)
	}
}

func TestValidatorDoesNotAllocate(t *testing.T) {
	var v validator
	doc := []byte(nested(5_000))
	if allocs := testing.AllocsPerRun(10, func() { _ = v.check(doc) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// agree fails the test unless the validator and encoding/json agree.
func agree(t *testing.T, v *validator, doc []byte) {
	t.Helper()
	err := v.check(doc)
	if want := json.Valid(doc) && utf8.Valid(doc); (err == nil) != want {
		t.Errorf("%q: %v, encoding/json says %t", doc, err, want)
	}
}

// samples are valid documents, and texts that are almost valid.
var samples = []string{
	``, ` `, `1`, `-1`, `01`, `-`, `-0`, `0.0`, `1.`, `.1`, `1e5`, `1E+5`, `1e-05`, `1e`, `1e+`, `0x1`, `1 2`, `1,2`, `+1`, `00`, `0e0`,
	`true`, `tru`, `truee`, `false`, `fals`, `null`, `nul`, `nulll`, `NaN`, `Infinity`, `TRUE`,
	`""`, `"`, `"a`, `"\"`, `"\""`, `"\\"`, `"\u00e9"`, `"\u00"`, `"\u00g0"`, `"\ud800"`, `"\x41"`, `"\/\b\f\n\r\t"`, "\"\x00\"", "\"\n\"", "\"\x7f\"",
	"\"\xff\"", "\"é\"", "\xef\xbb\xbf1", "\"\xed\xa0\x80\"",
	`[]`, `[ ]`, `[1]`, `[1,]`, `[,1]`, `[1 2]`, `[1,2]`, `[`, `]`, `[}`, `[[]]`, `[[]`, `[]]`, `[1,[2,{"a":[]}],{}]`,
	`{}`, `{ }`, `{"a":1}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{"a":1,"a":2}`, `{a:1}`, `{'a':1}`, `{"a":1]`, `{"a",1}`,
	`{1:2}`, `{"a"::1}`, `{"a":1}}`, "\t\r\n [ 1 , 2 ]\n ", "\v1", "\u00a01", `{"a":{"b":{"c":[{"d":null}]}}}`, `"a" "b"`, `[1]x`, `// c`, `1//`,
}

func TestValidatorAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	var v validator
	for _, doc := range samples {
		agree(t, &v, []byte(doc))
	}
	rng := rand.New(rand.NewPCG(7, 7))
	const alphabet = "{}[]:,\"\\u0019eE+-. \ntrufalsn\xc3\xa9"
	for range 40_000 { // short ones, so that many are valid
		doc := make([]byte, rng.IntN(8))
		for i := range doc {
			doc[i] = alphabet[rng.IntN(len(alphabet))]
		}
		agree(t, &v, doc)
	}
	for range 20_000 { // a document with one byte changed
		doc := []byte(samples[rng.IntN(len(samples))])
		if len(doc) > 0 {
			doc[rng.IntN(len(doc))] = alphabet[rng.IntN(len(alphabet))]
		}
		agree(t, &v, doc)
	}
}

func FuzzValidator(f *testing.F) {
	for _, doc := range samples {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) < 10_000 { // so that it is not nested deeper than encoding/json allows
			agree(t, new(validator), doc)
		}
	})
}

// BenchmarkValidator compares the validation of a row with encoding/json's.
func BenchmarkValidator(b *testing.B) {
	doc := []byte(`{"id":12345,"name":"a name of some length","tags":["a","b","c"],"price":12.5e3,"open":true,"at":"2026-11-25T00:00:00Z"}`)
	b.Run("of=ours", func(b *testing.B) {
		var v validator
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			if v.check(doc) != nil {
				b.Fatal("not valid")
			}
		}
	})
	b.Run("of=encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			if !utf8.Valid(doc) || !json.Valid(doc) {
				b.Fatal("not valid")
			}
		}
	})
}
