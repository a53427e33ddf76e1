package fuzz

import (
	"math"
	"math/big"
	"regexp"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// FuzzTag parses a command tag and compares with a second implementation.
func FuzzTag(f *testing.F) {
	for _, tag := range []string{"SELECT 5", "CREATE TABLE", "", " 7", "SELECT 18446744073709551616", "FETCH"} {
		f.Add([]byte(tag))
	}
	f.Fuzz(func(t *testing.T, tag []byte) {
		got := protocol.ParseTag(tag)
		verb, count, counted := readTag(string(tag))
		if want := (protocol.Tag{Verb: verb, Count: count, HasCount: counted}); got != want {
			t.Errorf("%q: %+v, want %+v", tag, got, want)
		}
	})
}

var tagShape = regexp.MustCompile(`(?s)^(.*?)(?: [0-9]+)*?(?: ([0-9]+))?$`)

// readTag parses a tag: words, then numbers, of which the last one is the number of rows.
func readTag(tag string) (verb string, count uint64, counted bool) {
	parts := tagShape.FindStringSubmatch(tag)
	if parts[2] == "" {
		return parts[1], 0, false
	}
	n, _ := new(big.Int).SetString(parts[2], 10)
	if !n.IsUint64() {
		return parts[1], math.MaxUint64, true
	}
	return parts[1], n.Uint64(), true
}
