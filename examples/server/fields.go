package main

import (
	"fmt"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/query"
)

// fields also includes the keys of the order, because cursors are made from them.
func (q *reader) fields() error {
	text, given := q.asked["fields"]
	if !given {
		return nil
	}
	for name := range strings.SplitSeq(text, ",") {
		ref, ok := find(q.view.schema, strings.Split(name, "."))
		if !ok {
			return usage(fmt.Sprintf("fields: unknown field %.40q", name))
		}
		q.Select = q.Project(ref)
	}
	for _, key := range q.keys {
		q.Select = q.Project(key.Ref())
	}
	return nil
}

// find looks up a name in a schema, and below its relations: customer, name.
func find(s *query.Schema, path []string) (query.Ref, bool) {
	for ; s != nil && len(path) > 1; path = path[1:] {
		s = s.Relations[path[0]]
	}
	if s == nil {
		return query.Ref{}, false
	}
	ref, ok := s.Fields[path[0]]
	return ref, ok
}
