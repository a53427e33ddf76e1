package query

import (
	"slices"
	"strings"
)

// Type says how the value at a Ref is read: which JSON values are of it, and what they are compared as.
type Type uint8

// The types. A value that does not fit its type is no match, and never an error.
const (
	Text      Type = iota // a string; the default
	Numeric               // a number, of any size and precision
	Bool                  // true or false
	Timestamp             // a string such as "2024-01-02T03:04:05Z"; without an offset it is in the session's TimeZone
	Date                  // a string such as "2024-01-02"
	Time                  // a string such as "03:04:05"
	UUID                  // a string, in upper or lower case
	Inet                  // a string: an IPv4 or IPv6 address, with or without a prefix length
	Ltree                 // a string: a path such as "top.science"
	Vector                // an array of numbers, or a string of bits
	JSON                  // any JSON value
)

// types has what the types are called, and the name that PostgreSQL has for each.
var types = [...]struct{ name, sql string }{
	Text:      {"Text", "text"},
	Numeric:   {"Numeric", "numeric"},
	Bool:      {"Bool", "boolean"},
	Timestamp: {"Timestamp", "timestamptz"},
	Date:      {"Date", "date"},
	Time:      {"Time", "time"},
	UUID:      {"UUID", "uuid"},
	Inet:      {"Inet", "inet"},
	Ltree:     {"Ltree", "ltree"},
	Vector:    {"Vector", "vector"},
	JSON:      {"JSON", "jsonb"},
}

// String is the type's name in this package.
func (t Type) String() string {
	if int(t) < len(types) {
		return types[t].name
	}
	return "unknown type"
}

// Ref is a place in the document, made by Field, or a column of the view, made by Column. It is a value: every method
// returns another one.
type Ref struct {
	path   []string
	column string
	native bool // a column
	typ    Type
	typed  bool // As was called
	tree   *tree
}

// tree is where the rows of a hierarchy stand, for operators that name one of them.
type tree struct{ table, id, path string }

// Field is the value at the end of a path of object keys: Field("machine", "id") is data->'machine'->'id'. Any key is
// legal except one with a NUL. Without keys it is the whole document.
func Field(path ...string) Ref { return Ref{path: slices.Clone(path)} }

// Column is a column of the view, other than data. Without As it keeps the type that it has in the database, and the
// server reads the operands. With As(JSON) it is read as a document is; any other type says that the column is of that
// type, and operands are checked and cast to it.
func Column(name string) Ref { return Ref{column: name, native: true} }

// As reads the value as a type, and operands too: one that is none is refused before anything is sent. Without As, a
// field is read as what the operand is: a string, a number or a Boolean.
func (r Ref) As(t Type) Ref {
	r.typ, r.typed = t, true
	return r
}

// Tree names the table whose rows descendant_of_id and ancestor_of_id find by their id, and its columns.
func (r Ref) Tree(table, id, path string) Ref {
	r.tree = &tree{table: table, id: id, path: path}
	return r
}

// String is the path with dots between the keys, or the column's name.
func (r Ref) String() string {
	switch {
	case r.native:
		return r.column
	case len(r.path) == 0:
		return "data"
	}
	return strings.Join(r.path, ".")
}

// below is a key inside of r.
func (r Ref) below(key string) Ref {
	return Ref{path: append(r.path[:len(r.path):len(r.path)], key)}
}

// document says whether r is read as JSON: a place in the document, or a column that is one.
func (r Ref) document() bool { return !r.native || r.typed && r.typ == JSON }

// same says whether both are one place, however they are read.
func (r Ref) same(other Ref) bool {
	return r.native == other.native && r.column == other.column && slices.Equal(r.path, other.path)
}

// check says what is wrong with r, or "".
func (r Ref) check() string {
	if int(r.typ) >= len(types) {
		return "As was given a type that does not exist"
	}
	if r.native {
		return badIdentifier("the column", r.column)
	}
	for _, key := range r.path {
		if detail := badText(key); detail != "" {
			return "the key " + detail
		}
	}
	return ""
}
