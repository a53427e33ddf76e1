package protocol_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

func TestParseTag(t *testing.T) {
	t.Parallel()
	tests := []struct {
		tag  string
		want protocol.Tag
	}{
		{"SELECT 0", protocol.Tag{Verb: "SELECT", HasCount: true}},
		{"SELECT 1000000", protocol.Tag{Verb: "SELECT", Count: 1000000, HasCount: true}},
		{"SELECT", protocol.Tag{Verb: "SELECT"}},
		{"FETCH 7", protocol.Tag{Verb: "FETCH", Count: 7, HasCount: true}},
		{"INSERT 0 5", protocol.Tag{Verb: "INSERT", Count: 5, HasCount: true}},
		{"MERGE 3", protocol.Tag{Verb: "MERGE", Count: 3, HasCount: true}},
		{"CREATE TABLE", protocol.Tag{Verb: "CREATE TABLE"}},
		{"SHOW", protocol.Tag{Verb: "SHOW"}},
		{"", protocol.Tag{}},
		{"5", protocol.Tag{Verb: "5"}},
		{"SELECT -1", protocol.Tag{Verb: "SELECT -1"}},
		{"SELECT ", protocol.Tag{Verb: "SELECT "}},
		{"SELECT 1x", protocol.Tag{Verb: "SELECT 1x"}},
		{"SELECT 18446744073709551615", protocol.Tag{Verb: "SELECT", Count: math.MaxUint64, HasCount: true}},
		{"SELECT 18446744073709551616", protocol.Tag{Verb: "SELECT", Count: math.MaxUint64, HasCount: true}},
		{"SELECT 99999999999999999999999", protocol.Tag{Verb: "SELECT", Count: math.MaxUint64, HasCount: true}},
		{"SELECT 18446744073709551614", protocol.Tag{Verb: "SELECT", Count: math.MaxUint64 - 1, HasCount: true}},
	}
	for _, test := range tests {
		t.Run(test.tag, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, protocol.ParseTag([]byte(test.tag))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
