package query

import (
	"fmt"
	"slices"
)

// maxPairs is how many members one call of jsonb_build_object can have: a function has at most 100 arguments.
const maxPairs = 50

// branch is a part of the document that is kept: all of it, or some of its keys.
type branch struct {
	whole bool
	keys  []string
	below map[string]*branch
}

func (n *branch) child(key string) *branch {
	if n.below == nil {
		n.below = map[string]*branch{}
	}
	c, ok := n.below[key]
	if !ok {
		c = &branch{}
		n.below[key] = c
		n.keys = append(n.keys, key)
	}
	return c
}

// projection writes the expression for the smaller document.
func (b *builder) projection(fields []Ref) {
	var root branch
	var columns []string
	for _, r := range fields {
		if detail := r.check(); detail != "" {
			b.fail("Project: " + r.String() + ": " + detail)
			return
		}
		if r.native {
			columns = append(columns, r.column)
			continue
		}
		n := &root
		for _, key := range r.path {
			n = n.child(key)
		}
		n.whole = true
	}
	for _, column := range columns {
		if root.below[column] != nil || root.whole {
			b.fail("Project: " + column + " is both a column and a field")
			return
		}
	}
	if root.whole {
		b.write(`data`)
		return
	}
	b.object(&root, `data`, columns, 1)
	b.write(` AS data`)
}

// object writes an object with the keys of n, taken from the expression base.
func (b *builder) object(n *branch, base string, columns []string, depth int) {
	for i, key := range n.keys {
		b.pair(i, key)
		way := base + `->` + string(appendLiteral(nil, key))
		if c := n.below[key]; c.whole {
			b.write(way)
		} else {
			b.nested(c, `(`+way+`)::jsonb`, depth)
		}
	}
	for i, column := range slices.Compact(slices.Sorted(slices.Values(columns))) {
		b.pair(len(n.keys)+i, column)
		b.sql = appendIdentifier(b.sql, column)
	}
	b.write(`)`)
}

// pair writes what precedes the value of key number i. It starts a further call if there are too many for one.
func (b *builder) pair(i int, key string) {
	switch {
	case i == 0:
		b.write(`jsonb_build_object(`)
	case i%maxPairs == 0:
		b.write(`) || jsonb_build_object(`)
	default:
		b.write(`, `)
	}
	b.sql = appendLiteral(b.sql, key)
	b.write(`, `)
}

// nested writes the kept part of an object, or of each object of an array; null for anything else.
func (b *builder) nested(n *branch, base string, depth int) {
	element, position := fmt.Sprintf("e%d", depth), fmt.Sprintf("n%d", depth)
	b.write(`CASE jsonb_typeof(`, base, `) WHEN 'object' THEN `)
	b.object(n, base, nil, depth+1)
	b.write(` WHEN 'array' THEN (SELECT coalesce(jsonb_agg(CASE jsonb_typeof(`, element, `) WHEN 'object' THEN `)
	b.object(n, element, nil, depth+1)
	b.write(` ELSE `, element, ` END ORDER BY `, position, `), '[]') FROM jsonb_array_elements(CASE jsonb_typeof(`, base,
		`) WHEN 'array' THEN `, base, ` END) WITH ORDINALITY AS t(`, element, `, `, position, `)) END`)
}

// keeps reports whether the projected document still contains r, unchanged.
func keeps(fields []Ref, r Ref) bool {
	if len(fields) == 0 {
		return true
	}
	return slices.ContainsFunc(fields, func(f Ref) bool {
		return !f.native && len(f.path) <= len(r.path) && slices.Equal(f.path, r.path[:len(f.path)])
	})
}
