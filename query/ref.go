package query

import (
	"slices"
	"strings"
)

// Type determines how the value at a Ref is read: which JSON values belong to the type, and how they are compared.
type Type uint8

// The types. A value that is not of the type does not match, and is never an error.
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

// types has the name of each type in this package and in PostgreSQL.
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

// String returns the type's name in this package.
func (t Type) String() string {
	if int(t) < len(types) {
		return types[t].name
	}
	return "unknown type"
}

// Ref is a place in the document, made by Field, or a column of the view, made by Column. It is a value: every method
// returns a changed copy.
type Ref struct {
	path   []string
	column string
	native bool // a column
	typ    Type
	typed  bool // As was called
	tree   *tree
}

// tree names the table and columns of a hierarchy, for operators whose operand is the id of one of its rows.
type tree struct{ table, id, path string }

// Field returns a Ref to the value at the end of a path of object keys: Field("machine", "id") is
// data->'machine'->'id'. Any key is allowed unless it contains a NUL. Without keys it refers to the whole document.
func Field(path ...string) Ref { return Ref{path: slices.Clone(path)} }

// Column returns a Ref to a column of the view other than data. Without As the column is used with the type that it has
// in the database, and the server infers the types of operands from it. With As(JSON) it is read as a document is; any
// other type declares that the column is of that type, and operands are checked and cast to it.
func Column(name string) Ref { return Ref{column: name, native: true} }

// As sets the type as which the value and operands are read; an operand that is not of that type is rejected before
// anything is sent. Without As, the type of the operand determines how a field is read: as a string, a number or a
// Boolean.
func (r Ref) As(t Type) Ref {
	r.typ, r.typed = t, true
	return r
}

// Tree names the table in which descendant_of_id and ancestor_of_id look up a row by its id, and its columns.
func (r Ref) Tree(table, id, path string) Ref {
	r.tree = &tree{table: table, id: id, path: path}
	return r
}

// String returns the path with dots between the keys, or the column's name.
func (r Ref) String() string {
	switch {
	case r.native:
		return r.column
	case len(r.path) == 0:
		return "data"
	}
	return strings.Join(r.path, ".")
}

// below returns a Ref to a key of the object at r.
func (r Ref) below(key string) Ref {
	return Ref{path: append(r.path[:len(r.path):len(r.path)], key)}
}

// document reports whether r is read as JSON: it is a place in the document, or a column with As(JSON).
func (r Ref) document() bool { return !r.native || r.typed && r.typ == JSON }

// same reports whether both refer to the same place, even if they are read as different types.
func (r Ref) same(other Ref) bool {
	return r.native == other.native && r.column == other.column && slices.Equal(r.path, other.path)
}

// check returns what is wrong with r, or "".
func (r Ref) check() string {
	if int(r.typ) >= len(types) {
		return "As was given an unknown type"
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
