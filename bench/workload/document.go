package workload

import (
	"fmt"
	"strings"
)

// FirstID is one less than the id of row 1: ids have seven digits for nine million rows, so that documents have the
// same size.
const FirstID = 1_000_000

// document is in the text form of jsonb, in which PostgreSQL sorts keys by length, then by bytes.
const document = `{"id": %d, "pad": "%s", "name": "user %d", "tags": ["a", "b"], "score": 1.25, "active": true}`

// MinSize is the size in bytes of a document without padding: two ids of seven digits replace the verbs.
const MinSize = len(document) - len("%d%s%d") + 7 + 7

// User is the struct that a document decodes into.
type User struct {
	ID     int64    `json:"id"`
	Pad    string   `json:"pad"`
	Name   string   `json:"name"`
	Tags   []string `json:"tags"`
	Score  float64  `json:"score"`
	Active bool     `json:"active"`
}

// AppendDocument appends the document of a row, counted from 1, with a size in bytes. It is identical to what
// PostgreSQL produces for the query of Rows.
func AppendDocument(dst []byte, row int64, size int) []byte {
	id := FirstID + row
	return fmt.Appendf(dst, document, id, strings.Repeat("x", Padding(size)), id)
}

// Padding returns the length of pad in a document of size bytes.
func Padding(size int) int { return max(0, size-MinSize) }
