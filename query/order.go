package query

import (
	"regexp"
	"slices"
	"strings"
)

// Order is one key of ORDER BY. It is a value: every method returns a changed copy.
type Order struct {
	ref       Ref
	desc      bool
	nulls     nullsOrder
	collation string
	never     bool // NotNull
}

type nullsOrder uint8

const (
	nullsDefault nullsOrder = iota // last in ascending order, first in descending order, as in PostgreSQL
	nullsFirst
	nullsLast
)

// Asc orders by r in ascending order. A field without As is ordered by its text, in the database's collation; a value
// that is missing or null, or not of the type of As, counts as null.
func (r Ref) Asc() Order { return Order{ref: r} }

// Desc orders by r in descending order.
func (r Ref) Desc() Order { return Order{ref: r, desc: true} }

// NullsFirst puts rows without a value first.
func (o Order) NullsFirst() Order {
	o.nulls = nullsFirst
	return o
}

// NullsLast puts rows without a value last.
func (o Order) NullsLast() Order {
	o.nulls = nullsLast
	return o
}

// Collate orders text by a collation, such as "C", "de-x-icu" or, with its schema, "pg_catalog.C". A locale name of the
// operating system such as "en_US.utf8" is not split into a schema and a collation.
func (o Order) Collate(name string) Order {
	o.collation = name
	return o
}

// NotNull declares that every row has a value. Then an index scan can begin at a cursor in an ascending order. Rows
// that have no value in spite of that are not found after any cursor.
func (o Order) NotNull() Order {
	o.never = true
	return o
}

// Ref returns what o orders by.
func (o Order) Ref() Ref { return o.ref }

// first reports whether nulls come first.
func (o Order) first() bool { return o.nulls == nullsFirst || o.nulls == nullsDefault && o.desc }

// check returns what is wrong with o, or "".
func (o Order) check() string {
	if detail := o.ref.check(); detail != "" {
		return detail
	}
	switch t := o.ref.typ; {
	case t == Vector || t == JSON && o.ref.typed:
		return t.String() + " has no order"
	case o.collation == "":
	case o.ref.document() && t != Text && t != Date:
		return "Collate is for text, not for " + t.String()
	default:
		for _, name := range collationName(o.collation) {
			if detail := badIdentifier("the collation", name); detail != "" {
				return detail
			}
		}
	}
	return ""
}

// localeName matches locale names of operating systems that include an encoding: their dot does not separate a schema.
var localeName = regexp.MustCompile(`^(?:[a-z]{2,3}(?:_[A-Z]{2})?|C|POSIX)[.]`)

// collationName returns the parts of a collation's name.
func collationName(name string) []string {
	if localeName.MatchString(name) {
		return []string{name}
	}
	return strings.SplitN(name, ".", 2)
}

// orderBy writes the ORDER BY clause.
func (b *builder) orderBy(order []Order) {
	for i, o := range order {
		if i == 0 {
			b.write(` ORDER BY `)
		} else {
			b.write(`, `)
		}
		if detail := badOrder(order, i); detail != "" {
			b.fail(detail)
			return
		}
		b.key(o)
		if o.desc {
			b.write(` DESC`)
		}
		switch {
		case o.first() && !o.desc:
			b.write(` NULLS FIRST`)
		case !o.first() && o.desc:
			b.write(` NULLS LAST`)
		}
	}
}

// badOrder returns what is wrong with key i, or "".
func badOrder(order []Order, i int) string {
	o := order[i]
	if detail := o.check(); detail != "" {
		return "order by " + o.ref.String() + ": " + detail
	}
	if slices.ContainsFunc(order[:i], func(before Order) bool { return before.ref.same(o.ref) }) {
		return "order by " + o.ref.String() + ": it is in the order twice"
	}
	return ""
}

// key writes the expression that o orders by.
func (b *builder) key(o Order) {
	if o.ref.document() && o.ref.typ == Date && o.collation != "" {
		b.text(o.ref) // with the caller's collation
	} else {
		b.typed(o.ref, o.ref.typ)
	}
	if o.collation == "" {
		return
	}
	b.write(` COLLATE `)
	for i, name := range collationName(o.collation) {
		if i > 0 {
			b.write(`.`)
		}
		b.sql = appendIdentifier(b.sql, name)
	}
}
