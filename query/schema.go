package query

import (
	"cmp"
	"maps"
	"slices"
)

// Schema defines which names a filter or an order from an untrusted source may use, and what it may cost. It is not
// modified by ParseFilter and ParseOrder, so it may be shared by goroutines. A nil *Schema has no names.
type Schema struct {
	// Fields maps the names used in filters and orders to the fields they refer to.
	Fields map[string]Ref
	// Relations maps names to nested schemas: {"machine": {"id": {"eq": 1}}} looks up id in the Schema of machine. The
	// Refs of a nested schema also begin at the document's root. A name must not be in both Relations and Fields.
	Relations map[string]*Schema
	// Open allows names that are not listed: they are fields of the document with that name, inside the relations that
	// lead to this schema. They become part of the statement's text, quoted.
	Open bool

	// Limits. 0 means the default, and a negative number means no limit. Only those of the Schema that is passed to
	// ParseFilter or ParseOrder apply.
	MaxDepth      int // nesting of objects and lists; default 16
	MaxPredicates int // operators in a filter, or keys in an order; default 256
	MaxValues     int // values in one list; default 10,000
	MaxPattern    int // bytes of a pattern, a regular expression or a text search; default 4096
}

// The limits of the zero Schema.
const (
	DefaultMaxDepth      = 16
	DefaultMaxPredicates = 256
	DefaultMaxValues     = 10_000
	DefaultMaxPattern    = 4 << 10
)

// exceeded reports whether n exceeds a limit.
func exceeded(n, bound, standard int) bool {
	bound = cmp.Or(bound, standard)
	return bound > 0 && n > bound
}

// names returns all names that s lists.
func (s *Schema) names() []string {
	return slices.AppendSeq(slices.Collect(maps.Keys(s.Fields)), maps.Keys(s.Relations))
}

// place is the current position in a filter: at a schema, or at a field.
type place struct {
	schema *Schema  // nil: at a field
	path   []string // the relations that lead to the schema
	ref    Ref      // the field
	open   bool     // members below the field may be keys of the document
}

// step returns the place of a name in the schema at p.
func (p place) step(name string) (next place, ok bool) {
	if relation := p.schema.Relations[name]; relation != nil {
		return place{schema: relation, path: append(p.path[:len(p.path):len(p.path)], name)}, true
	}
	if ref, ok := p.schema.Fields[name]; ok {
		return place{ref: ref, open: p.schema.Open && !ref.native}, true
	}
	if p.schema.Open {
		return place{ref: Ref{path: p.path}.below(name), open: true}, true
	}
	return place{}, false
}
