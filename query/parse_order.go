package query

import (
	"slices"
	"strings"
)

// directions are the directions that ParseOrder accepts.
var directions = map[string]func(Ref) Order{
	"ASC":              func(r Ref) Order { return r.Asc() },
	"DESC":             func(r Ref) Order { return r.Desc() },
	"ASC_NULLS_FIRST":  func(r Ref) Order { return r.Asc().NullsFirst() },
	"ASC_NULLS_LAST":   func(r Ref) Order { return r.Asc().NullsLast() },
	"DESC_NULLS_FIRST": func(r Ref) Order { return r.Desc().NullsFirst() },
	"DESC_NULLS_LAST":  func(r Ref) Order { return r.Desc().NullsLast() },
}

var directionNames = []string{
	"ASC", "DESC", "ASC_NULLS_FIRST", "ASC_NULLS_LAST", "DESC_NULLS_FIRST", "DESC_NULLS_LAST",
}

// ParseOrder reads an order: a list of objects with one field each, [{"name": "ASC"}, {"machine": {"age":
// "DESC_NULLS_LAST"}}], or one such object. Directions may be in lower case. An error is a *errors.UsageError with the
// path of the mistake.
func ParseOrder(order []byte, s *Schema) ([]Order, error) {
	if s == nil {
		s = &Schema{}
	}
	raw, err := readable(order, "order")
	if err != nil {
		return nil, err
	}
	o := orderReader{limits: s, at: way{{name: "order"}}}
	switch raw[0] {
	case '{':
		o.object(raw, place{schema: s}, 1)
	case '[':
		i := 0
		for element := range elements(raw) {
			if o.err != nil {
				break
			}
			o.at = append(o.at[:1], step{index: i})
			o.object(element, place{schema: s}, 1)
			i++
		}
	default:
		o.fail("want a list, got " + kindOf(raw))
	}
	if o.err != nil {
		return nil, o.err
	}
	return o.keys, nil
}

// orderReader reads one order.
type orderReader struct {
	limits *Schema
	at     way
	keys   []Order
	err    error
}

func (o *orderReader) fail(detail string) {
	if o.err == nil {
		o.err = usage(o.at.String() + ": " + detail)
	}
}

// object reads an object with one field, whose value is a direction or another such object.
func (o *orderReader) object(raw string, p place, depth int) {
	if raw[0] != '{' {
		o.fail("want an object, got " + kindOf(raw))
		return
	}
	all := appendMembers(nil, raw)
	switch {
	case len(all) != 1:
		o.fail("want one field in each object, so that the order is defined")
		return
	case exceeded(depth, o.limits.MaxDepth, DefaultMaxDepth):
		o.fail("it is nested too deeply")
		return
	}
	m := all[0]
	o.at = append(o.at, step{name: m.key})
	next, ok := o.step(m, p)
	switch {
	case !ok:
		o.fail("unknown field" + meant(m.key, knownNames(p)))
	case next.schema != nil || m.value[0] == '{' && next.open:
		o.object(m.value, next, depth+1)
	default:
		o.key(m.value, next.ref)
	}
}

func (o *orderReader) step(m member, p place) (place, bool) {
	if p.schema != nil {
		return p.step(m.key)
	}
	return place{ref: p.ref.below(m.key), open: true}, true
}

func knownNames(p place) []string {
	if p.schema == nil {
		return nil
	}
	return p.schema.names()
}

// key reads a direction.
func (o *orderReader) key(raw string, r Ref) {
	if raw[0] != '"' {
		o.fail("want a direction such as \"ASC\", got " + kindOf(raw))
		return
	}
	word := unquote(raw)
	direction, ok := directions[strings.ToUpper(word)]
	if !ok {
		o.fail("unknown direction" + meant(word, directionNames))
		return
	}
	o.keys = append(o.keys, direction(r))
	switch i := len(o.keys) - 1; {
	case exceeded(len(o.keys), o.limits.MaxPredicates, DefaultMaxPredicates):
		o.fail("the order has too many keys")
	case slices.ContainsFunc(o.keys[:i], func(k Order) bool { return k.ref.same(r) }):
		o.fail("it is in the order twice")
	default:
		if detail := o.keys[i].check(); detail != "" {
			o.fail(detail)
		}
	}
}
