package query

import (
	"cmp"
	"maps"
	"slices"
)

// Schema is what a filter or an order from outside may name, and what it may cost. It is not changed by its use, so one
// serves any number of goroutines. A nil *Schema knows no name.
type Schema struct {
	// Fields has what can be filtered and ordered by, by the name that the outside uses.
	Fields map[string]Ref
	// Relations has parts with names of their own: {"machine": {"id": {"eq": 1}}} looks for id in the Schema of machine.
	// Their Refs begin at the document's root, as all do. A name in Relations is none of Fields.
	Relations map[string]*Schema
	// Open makes names that are not listed fields of the document by that name, at the place where the relation stands.
	// They become part of the statement's text, quoted.
	Open bool

	// Bounds; 0 is the default, and a negative number is no bound. Those of the Schema that is given to ParseFilter count.
	MaxDepth      int // objects and lists inside of each other; 16
	MaxPredicates int // operators of a filter, or keys of an order; 256
	MaxValues     int // values of one list; 10,000
	MaxPattern    int // bytes of a pattern, a regular expression or a text search; 4096
}

// Bounds of the zero Schema.
const (
	DefaultMaxDepth      = 16
	DefaultMaxPredicates = 256
	DefaultMaxValues     = 10_000
	DefaultMaxPattern    = 4 << 10
)

// exceeded says whether n is beyond a bound.
func exceeded(n, bound, standard int) bool {
	bound = cmp.Or(bound, standard)
	return bound > 0 && n > bound
}

// names are all that s lists.
func (s *Schema) names() []string {
	return slices.AppendSeq(slices.Collect(maps.Keys(s.Fields)), maps.Keys(s.Relations))
}

// place is where a filter has got to: among the names of a schema, or at a field.
type place struct {
	schema *Schema  // nil: at a field
	path   []string // the relations on the way to the schema
	ref    Ref      // the field
	open   bool     // objects below the field are keys of its own
}

// step goes to a name of a schema.
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
