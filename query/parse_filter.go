package query

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseFilter reads a filter in the form that GraphQL layers use, such as
//
//	{"status": {"eq": "active"}, "age": {"gte": 18, "lt": 65},
//	 "_or": [{"vip": {"eq": true}}, {"_not": {"city": {"isnull": true}}}]}
//
// The members of an object are joined by AND. Under a field, a member is an operator if it has the name of one; if the
// schema is open, an object under any other name is a field one level down. _and and _or take lists, _not takes an
// object, and all three work at every level. {} is true, and so is an empty _and; an empty _or is false, and so is _not
// of {}.
//
// Every value is bound, and the Schema limits the cost of a filter. An error is a *errors.UsageError with the path of
// the mistake: where._or[1].machine.id.eqq: unknown operator; did you mean eq?
func ParseFilter(filter []byte, s *Schema) (Predicate, error) {
	if s == nil {
		s = &Schema{}
	}
	raw, err := readable(filter, "where")
	if err != nil {
		return Predicate{}, err
	}
	f := filterReader{limits: s, at: append(make(way, 0, 16), step{name: "where"}), members: make([]member, 0, 32)}
	p := f.object(raw, place{schema: s}, 1)
	if f.err != nil {
		return Predicate{}, f.err
	}
	return p, nil
}

// readable returns text as valid JSON without white space around it.
func readable(text []byte, name string) (string, error) {
	switch {
	case !utf8.Valid(text):
		return "", usage(name + ": it is not UTF-8")
	case !json.Valid(text):
		return "", usage(name + ": it is not valid JSON")
	}
	return trim(string(text)), nil
}

// way is the path of a place in the text, for errors. It begins with the name of the text.
type way []step

// step is one step of a way: the name of a member, or the index of an element.
type step struct {
	name  string
	index int // used if name is ""
}

func (w way) String() string {
	var b strings.Builder
	for i, s := range w {
		switch {
		case i == 0:
			b.WriteString(s.name)
		case s.name == "":
			fmt.Fprintf(&b, "[%d]", s.index)
		default:
			b.WriteString("." + shortened(s.name))
		}
	}
	return b.String()
}

// filterReader reads one filter. After the first error its other fields are not valid.
type filterReader struct {
	limits     *Schema
	at         way
	members    []member // of all objects that are being read
	predicates int
	err        error
}

func (f *filterReader) fail(detail string) Predicate {
	if f.err == nil {
		f.err = usage(f.at.String() + ": " + detail)
	}
	return Predicate{}
}

// object reads an object, whose members are joined by AND.
func (f *filterReader) object(raw string, p place, depth int) Predicate {
	switch {
	case raw[0] != '{' && p.schema == nil:
		return f.fail("want an object of operators, such as {\"eq\": ...}, got " + kindOf(raw))
	case raw[0] != '{':
		return f.fail("want an object, got " + kindOf(raw))
	case exceeded(depth, f.limits.MaxDepth, DefaultMaxDepth):
		return f.fail("it is nested too deeply")
	}
	outer := len(f.members)
	f.members = appendMembers(f.members, raw)
	all := f.members[outer:]
	if exceeded(len(all), f.limits.MaxPredicates, DefaultMaxPredicates) {
		return f.fail("it has too many members")
	}
	parts := make([]Predicate, 0, len(all))
	for i, m := range all {
		f.at = append(f.at, step{name: m.key})
		if twice(all, i) {
			return f.fail("it is given twice")
		}
		parts = append(parts, f.member(m, p, depth))
		if f.err != nil {
			return Predicate{}
		}
		f.at = f.at[:len(f.at)-1]
	}
	f.members = f.members[:outer]
	if len(parts) == 1 {
		return parts[0]
	}
	return Predicate{&group{parts: parts, word: and, empty: always}}
}

// twice reports whether an earlier member has the key of member i.
func twice(all []member, i int) bool {
	for _, before := range all[:i] {
		if before.key == all[i].key {
			return true
		}
	}
	return false
}

// member reads one member of an object.
func (f *filterReader) member(m member, p place, depth int) Predicate {
	switch m.key {
	case "_and":
		return Predicate{&group{parts: f.list(m.value, p, depth), word: and, empty: always}}
	case "_or":
		return Predicate{&group{parts: f.list(m.value, p, depth), word: or, empty: never}}
	case "_not":
		return Not(f.object(m.value, p, depth+1))
	}
	if p.schema == nil {
		return f.under(m, p, depth)
	}
	next, ok := p.step(m.key)
	if !ok {
		return f.fail("unknown field" + meant(m.key, p.schema.names()))
	}
	return f.object(m.value, next, depth+1)
}

// list reads the list of _and or _or.
func (f *filterReader) list(raw string, p place, depth int) []Predicate {
	if raw[0] != '[' {
		f.fail("want a list, got " + kindOf(raw))
		return nil
	}
	n := count(raw)
	if exceeded(n, f.limits.MaxPredicates, DefaultMaxPredicates) {
		f.fail("it has too many elements")
		return nil
	}
	parts := make([]Predicate, 0, n)
	for element := range elements(raw) {
		f.at = append(f.at, step{index: len(parts)})
		parts = append(parts, f.object(element, p, depth+1))
		if f.err != nil {
			return nil
		}
		f.at = f.at[:len(f.at)-1]
	}
	return parts
}

// under reads a member below a field: an operator, or a key one level down.
func (f *filterReader) under(m member, p place, depth int) Predicate {
	op, ok := byName[m.key]
	if ok {
		return f.operator(op, m.value, p.ref)
	}
	if p.open && m.value[0] == '{' {
		return f.object(m.value, place{ref: p.ref.below(m.key), open: true}, depth+1)
	}
	return f.fail("unknown operator" + meant(m.key, operatorNames()))
}

// operator reads an operator's operand.
func (f *filterReader) operator(op *operator, raw string, r Ref) Predicate {
	f.predicates++
	detail := ""
	switch {
	case exceeded(f.predicates, f.limits.MaxPredicates, DefaultMaxPredicates):
		detail = "the filter has too many operators"
	case raw[0] == '[' && exceeded(count(raw), f.limits.MaxValues, DefaultMaxValues):
		detail = "the list has too many values"
	case exceeded(nesting(raw), f.limits.MaxDepth, DefaultMaxDepth):
		detail = "it is nested too deeply"
	default:
		detail = f.costly(op, raw)
	}
	if detail != "" {
		return f.fail(detail)
	}
	if detail = r.check(); detail != "" {
		return f.fail(detail)
	}
	value, detail := operandOf(op, r, raw)
	if detail != "" {
		return f.fail(detail)
	}
	l, detail := newLeaf(r, op, value)
	if detail != "" {
		return f.fail(detail)
	}
	return Predicate{l}
}

// operandOf returns a JSON value as an operand: scalars are decoded; objects, lists, and values that are compared as
// JSON are not.
func operandOf(op *operator, r Ref, raw string) (value any, detail string) {
	if isJSON(r) || op.group == groupArray || raw[0] == '{' || raw[0] == '[' {
		return jsonText(raw), ""
	}
	return scalar(raw)
}

// costly returns an error text for operands that would cost the server too much, or "".
func (f *filterReader) costly(op *operator, raw string) string {
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
