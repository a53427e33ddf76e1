package protocol

import (
	"bytes"
	"math"
)

// Tag is what a CommandComplete says.
type Tag struct {
	Verb     string // the command as the server names it, in capitals: SELECT, FETCH, CREATE TABLE
	Count    uint64 // of rows, if HasCount; math.MaxUint64 if it is larger than that
	HasCount bool
}

// ParseTag parses a command tag: words, then numbers, the last of which is the count of rows. It copies what it
// keeps, and allocates nothing for the verbs that return rows.
func ParseTag(tag []byte) Tag {
	words, number := tag, []byte(nil)
	for {
		i := bytes.LastIndexByte(words, ' ')
		if i < 0 || !allDigits(words[i+1:]) {
			break
		}
		if number == nil {
			number = words[i+1:]
		}
		words = words[:i]
	}
	return Tag{Verb: verb(words), Count: saturated(number), HasCount: number != nil}
}

func verb(words []byte) string {
	switch string(words) {
	case "SELECT":
		return "SELECT"
	case "FETCH":
		return "FETCH"
	}
	return string(words)
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// saturated is the number that the digits stand for, or math.MaxUint64 if that is too large.
func saturated(digits []byte) uint64 {
	var n uint64
	for _, c := range digits {
		d := uint64(c - '0')
		if n > (math.MaxUint64-d)/10 {
			return math.MaxUint64
		}
		n = n*10 + d
	}
	return n
}
