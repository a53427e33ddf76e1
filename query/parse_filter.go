package query

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// ParseFilter reads a filter in the form that GraphQL layers use, such as
//
//	{"status": {"eq": "active"}, "age": {"gte": 18, "lt": 65}, "_or": [{"vip": {"eq": true}}, {"_not": {"city": {"isnull": true}}}]}
//
// The members of an object are joined by AND. Under a field, the name of an operator is one, and an object under any
// other name goes one level down where the schema is open. _and and _or take lists, _not takes an object, and all three
// work at every level. {} is true, and so is an empty _and; an empty _or is false, and so is _not of {}.
//
// Every value is bound, and what a filter may cost is bounded by the Schema. An error is a *errors.UsageError that names
// the place: where._or[1].machine.id.eqq: unknown operator; did you mean eq?
func ParseFilter(filter []byte, s *Schema) (Predicate, error) {
	if s == nil {
		s = &Schema{}
	}
	raw, err := readable(filter, "where")
	if err != nil {
		return Predicate{}, err
	}
	f := filterReader{limits: s}
	p := f.object(raw, place{schema: s}, at{name: "where"}, 1)
	if f.err != nil {
		return Predicate{}, f.err
	}
	return p, nil
}

// readable is text as JSON that can be taken apart.
func readable(text []byte, name string) ([]byte, error) {
	switch {
	case !utf8.Valid(text):
		return nil, usage(name + ": it is not UTF-8")
	case !json.Valid(text):
		return nil, usage(name + ": it is no JSON")
	}
	return trim(text), nil
}

// at is a place in the text, for errors: a name or an index in another place. It becomes text only when it is shown.
type at struct {
	in    *at
	name  string
	index int // where name is ""
}

func (a at) String() string {
	switch {
	case a.in == nil:
		return a.name
	case a.name == "":
		return a.in.String() + "[" + strconv.Itoa(a.index) + "]"
	}
	return a.in.String() + "." + shortened(a.name)
}

// filterReader reads one filter. After the first error the rest is of no use.
type filterReader struct {
	limits     *Schema
	predicates int
	err        error
}

func (f *filterReader) fail(a at, detail string) Predicate {
	if f.err == nil {
		f.err = usage(a.String() + ": " + detail)
	}
	return Predicate{}
}

// object reads an object at a place: conditions joined by AND.
func (f *filterReader) object(raw []byte, p place, a at, depth int) Predicate {
	switch {
	case raw[0] != '{' && p.schema == nil:
		return f.fail(a, "want an object of operators, such as {\"eq\": ...}, got "+kindOf(raw))
	case raw[0] != '{':
		return f.fail(a, "want an object, got "+kindOf(raw))
	case exceeded(depth, f.limits.MaxDepth, DefaultMaxDepth):
		return f.fail(a, "it is nested too deeply")
	}
	all := members(raw)
	if exceeded(len(all), f.limits.MaxPredicates, DefaultMaxPredicates) {
		return f.fail(a, "it has too many members")
	}
	if len(all) == 1 {
		return f.member(all[0], p, at{in: &a, name: all[0].key}, depth)
	}
	parts := make([]Predicate, 0, len(all))
	for i, m := range all {
		here := at{in: &a, name: m.key}
		if twice(all, i) {
			return f.fail(here, "it is given twice")
		}
		parts = append(parts, f.member(m, p, here, depth))
		if f.err != nil {
			return Predicate{}
		}
	}
	return Predicate{&group{parts: parts, word: and, empty: always}}
}

// twice says whether the key of member i stands before it.
func twice(all []member, i int) bool {
	for _, before := range all[:i] {
		if before.key == all[i].key {
			return true
		}
	}
	return false
}

// member reads one member of an object.
func (f *filterReader) member(m member, p place, a at, depth int) Predicate {
	switch m.key {
	case "_and":
		return Predicate{&group{parts: f.list(m.value, p, a, depth), word: and, empty: always}}
	case "_or":
		return Predicate{&group{parts: f.list(m.value, p, a, depth), word: or, empty: never}}
	case "_not":
		return Not(f.object(m.value, p, a, depth+1))
	}
	if p.schema == nil {
		return f.under(m, p, a, depth)
	}
	next, ok := p.step(m.key)
	if !ok {
		return f.fail(a, "unknown field"+meant(m.key, p.schema.names()))
	}
	return f.object(m.value, next, a, depth+1)
}

// list reads the list of _and or _or.
func (f *filterReader) list(raw []byte, p place, a at, depth int) []Predicate {
	if raw[0] != '[' {
		f.fail(a, "want a list, got "+kindOf(raw))
		return nil
	}
	all := elements(raw)
	if exceeded(len(all), f.limits.MaxPredicates, DefaultMaxPredicates) {
		f.fail(a, "it has too many elements")
		return nil
	}
	parts := make([]Predicate, 0, len(all))
	for i, element := range all {
		parts = append(parts, f.object(element, p, at{in: &a, index: i}, depth+1))
		if f.err != nil {
			return nil
		}
	}
	return parts
}

// under reads a member below a field: an operator, or a key one level down.
func (f *filterReader) under(m member, p place, a at, depth int) Predicate {
	op, ok := byName[m.key]
	if ok {
		return f.operator(op, m.value, p.ref, a)
	}
	if p.open && m.value[0] == '{' {
		return f.object(m.value, place{ref: p.ref.below(m.key), open: true}, a, depth+1)
	}
	return f.fail(a, "unknown operator"+meant(m.key, operatorNames()))
}

// operator reads an operator's operand.
func (f *filterReader) operator(op *operator, raw []byte, r Ref, a at) Predicate {
	f.predicates++
	detail := ""
	switch {
	case exceeded(f.predicates, f.limits.MaxPredicates, DefaultMaxPredicates):
		detail = "the filter has too many operators"
	case raw[0] == '[' && exceeded(len(elements(raw)), f.limits.MaxValues, DefaultMaxValues):
		detail = "the list has too many values"
	case exceeded(nesting(raw), f.limits.MaxDepth, DefaultMaxDepth):
		detail = "it is nested too deeply"
	default:
		detail = f.costly(op, raw)
	}
	if detail != "" {
		return f.fail(a, detail)
	}
	if detail = r.check(); detail != "" {
		return f.fail(a, detail)
	}
	value, detail := operandOf(op, r, raw)
	if detail != "" {
		return f.fail(a, detail)
	}
	l, detail := newLeaf(r, op, value)
	if detail != "" {
		return f.fail(a, detail)
	}
	return Predicate{l}
}

// operandOf is a JSON value as an operand: a scalar is decoded, the rest, and what is compared as JSON, stays as it is.
func operandOf(op *operator, r Ref, raw []byte) (value any, detail string) {
	if isJSON(r) || op.group == groupArray {
		return json.RawMessage(raw), ""
	}
	if raw[0] == '{' || raw[0] == '[' {
		return json.RawMessage(raw), ""
	}
	return scalar(raw)
}

// costly refuses operands that cost the server too much.
func (f *filterReader) costly(op *operator, raw []byte) string {
	switch op.takes {
	case takesSubstring, takesPrefix, takesSuffix, takesPattern, takesRegex, takesSearch, takesTreeQuery:
		if exceeded(len(raw), f.limits.MaxPattern, DefaultMaxPattern) {
			return fmt.Sprintf("the pattern is too long: %d bytes", len(raw))
		}
	}
	if op.takes == takesRegex && raw[0] == '"' {
		return badRegex(unquote(raw))
	}
	return ""
}
