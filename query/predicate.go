package query

import (
	"slices"
)

// Predicate is a condition on a row. The methods of Ref, And, Or, Not and ParseFilter make predicates. A Predicate
// cannot be changed, and may be used in many statements. If it was made from invalid arguments, Build returns the
// error. The zero value is such an invalid predicate.
type Predicate struct{ node node }

// node is a part of a condition.
type node interface {
	// write adds the condition, without parentheses around it.
	write(b *builder)
}

// The operators that join the parts of a group, and the values of an empty group.
const (
	and, always = " AND ", "true"
	or, never   = " OR ", "false"
)

// And is true if all of p are; without arguments it is true.
func And(p ...Predicate) Predicate { return Predicate{&group{slices.Clone(p), and, always}} }

// Or is true if at least one of p is; without arguments it is false.
func Or(p ...Predicate) Predicate { return Predicate{&group{slices.Clone(p), or, never}} }

// Not is the complement of p: it is also true if p is neither true nor false because something is missing or null.
func Not(p Predicate) Predicate { return Predicate{&complement{p}} }

// Is applies the operator with the given name or alias: see docs/OPERATORS.md. If there is no such operator, or it
// cannot take the operand, Build returns an error.
func (r Ref) Is(operator string, value any) Predicate {
	op, ok := byName[operator]
	if !ok {
		return failed(r.String() + "." + operator + ": unknown operator" + meant(operator, operatorNames()))
	}
	return r.is(op, value)
}

func (r Ref) is(op *operator, value any) Predicate {
	l, detail := newLeaf(r, op, value)
	if detail != "" {
		return failed(r.String() + "." + op.name + ": " + detail)
	}
	return Predicate{l}
}

// operatorNames returns the names that an error text may suggest.
func operatorNames() []string {
	names := make([]string, 0, len(byName))
	for name := range byName {
		names = append(names, name)
	}
	return names
}

// group is a list of conditions joined by AND or OR.
type group struct {
	parts []Predicate
	word  string
	empty string // its value without parts
}

func (g *group) write(b *builder) {
	if len(g.parts) == 0 {
		b.write(g.empty)
	}
	for i, p := range g.parts {
		if i > 0 {
			b.write(g.word)
		}
		b.predicate(p)
	}
}

type complement struct{ of Predicate }

func (c *complement) write(b *builder) {
	b.predicate(c.of)
	b.write(" IS NOT TRUE")
}

// failure is a condition made from invalid arguments.
type failure struct{ detail string }

func failed(detail string) Predicate { return Predicate{&failure{detail}} }

func (f *failure) write(b *builder) { b.fail(f.detail) }

// leaf is an operator with its operand.
type leaf struct {
	ref  Ref
	op   *operator
	part        // the operand
	more []part // further operands, for a list of several types
	null bool   // missing and null values match too
	none bool   // the operand is only null
	not  bool   // the flag is false
}

// part is a bound operand.
type part struct {
	typ      Type
	list     bool
	native   bool // the server infers the type from the column
	arg      any  // $1
	second   any  // $2, if the operator has one
	language string
}

// newLeaf reads the operand. detail is what is wrong with it, or "".
func newLeaf(r Ref, op *operator, value any) (l *leaf, detail string) {
	if r.typed && !op.types.has(r.typ) {
		return nil, "does not work on " + r.typ.String()
	}
	l = &leaf{ref: r, op: op}
	l.typ = op.reads
	return l, operands[op.takes].read(l, value)
}

func (l *leaf) write(b *builder) {
	switch {
	case l.op.negated:
		b.write(`(`)
		l.positive(b)
		b.write(`) IS NOT TRUE`)
	case l.not:
		b.write(`NOT (`)
		l.positive(b)
		b.write(`)`)
	default:
		l.positive(b)
	}
}

// positive writes the operator, once for each type of its operand.
func (l *leaf) positive(b *builder) {
	if detail := l.ref.check(); detail != "" {
		b.fail(l.ref.String() + "." + l.op.name + ": " + detail)
		return
	}
	alone := len(l.more) == 0 && !l.null
	if !l.none {
		b.expand(l, &l.part, alone)
		for i := range l.more {
			b.write(` OR `)
			b.expand(l, &l.more[i], alone)
		}
	}
	if l.null {
		if !l.none {
			b.write(` OR `)
		}
		b.present(l.ref)
		b.write(` IS NULL`)
	}
}
