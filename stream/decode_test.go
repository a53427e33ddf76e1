package stream_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// document has a field of every kind that a parser might let alias the row.
type document struct {
	Name string
	Tags []string
	Attr map[string]any
	Raw  json.RawMessage
	Num  json.Number
	Data []byte
	Next *document
}

// The caller may keep decoded values: they share nothing with each other or with the row, which is overwritten as soon
// as it is given back, and a field that one row has does not appear in a later row that lacks it.
func TestDecodedValuesBelongToTheCaller(t *testing.T) {
	inModes(t, func(t *testing.T, mode stream.Option) {
		const whole = `{"Name": "first name", "Tags": ["a", "b"], "Attr": {"key": "value", "list": ["x"]}, "Raw": {"k": "v"},
			"Num": 12.5, "Data": "aGVsbG8=", "Next": {"Name": "second"}}`
		docs := []string{whole, `{"Name": "only"}`, whole, `{"Tags": [], "Next": {"Tags": ["c"]}}`, `{}`}
		src := newFake()
		var want []document
		for range 50 {
			for _, doc := range docs {
				src.send([]byte(doc))
				var v document
				if err := json.Unmarshal([]byte(doc), &v); err != nil {
					t.Fatal(err)
				}
				want = append(want, v)
			}
		}
		src.finish(nil)
		s, _ := open(t, t.Context(), src, mode, stream.WithCapacity(8))
		got, err := stream.Collect[document](s)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("err %v, values (-want +got):\n%s", err, diff)
		}
	})
}

// A parser that retains its input is detected in builds that overwrite rows.
func TestPoisonFindsAParserThatKeepsItsInput(t *testing.T) {
	t.Parallel()
	src := newFake()
	src.send([]byte("kept"), []byte("next"))
	src.finish(nil)
	s, _ := open(t, t.Context(), src, stream.WithUnmarshal(func(b []byte, dst any) error {
		*dst.(*[]byte) = b
		return nil
	}))
	var seen []string
	var first []byte
	for v := range stream.Decode[[]byte](s) {
		if first == nil {
			first = v
		}
		seen = append(seen, string(v))
		if spoilt := string(first) != "kept"; len(seen) == 2 && spoilt != poisons {
			t.Errorf("in the second round the first value is %q", first)
		}
	}
	if diff := cmp.Diff([]string{"kept", "next"}, seen); diff != "" {
		t.Errorf("values while they were the row (-want +got):\n%s", diff)
	}
}

// Decode[T] itself allocates nothing for a row, however large T is.
func TestDecodeOfATypeDoesNotAllocate(t *testing.T) {
	type large struct{ words [100]uint64 }
	parse := stream.WithUnmarshal(func(b []byte, dst any) error {
		dst.(*large).words[0] += uint64(len(b)) // values left from earlier rows would add up
		return nil
	})
	run := func(rows int) float64 {
		return testing.AllocsPerRun(10, func() {
			src := &limited{*always(), rows}
			s, _ := open(t, t.Context(), src, parse, stream.WithReadAhead(stream.ReadAheadNever))
			for v, err := range stream.Decode[large](s) {
				if v.words[0] != uint64(len(src.row)) || err != nil {
					t.Fatalf("value %d, err %v", v.words[0], err)
				}
			}
		})
	}
	if few, many := run(10), run(1000); many > few+1 {
		t.Errorf("%v allocations for 10 rows, %v for 1000", few, many)
	}
}
