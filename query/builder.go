package query

import (
	"strconv"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// builder collects the text of a statement and its arguments. They are not used if err is set.
type builder struct {
	sql  []byte
	args []any
	err  error
}

func (b *builder) write(texts ...string) {
	for _, text := range texts {
		b.sql = append(b.sql, text...)
	}
}

// fail records an error; the first one counts.
func (b *builder) fail(detail string) {
	if b.err == nil {
		b.err = usage(detail)
	}
}

func usage(detail string) error { return &werr.UsageError{Detail: detail} }

// bind adds an argument and writes its number.
func (b *builder) bind(arg any) {
	b.args = append(b.args, arg)
	b.parameter(len(b.args))
}

func (b *builder) parameter(n int) {
	b.sql = append(b.sql, '$')
	b.sql = strconv.AppendInt(b.sql, int64(n), 10)
}

// predicate writes a condition in parentheses, so that it cannot affect what is around it.
func (b *builder) predicate(p Predicate) {
	if p.node == nil {
		b.fail("a Predicate that was not made by this package's functions")
		return
	}
	b.write(`(`)
	p.node.write(b)
	b.write(`)`)
}

// expand writes an operator's SQL with one operand. $1 and $2 are replaced by the numbers of the operand's parameters.
// A letter in braces stands for:
//
//	{V} the value as jsonb         {T} as text             {K} NULL if it is missing or null
//	{E} as the operand's type      {G} the guard that goes with {E} or {T}
//	{P} the parameter with a cast  {N} the number of elements
//	{C} the column                 {F} a tsvector          {L} the text search configuration
//	{D} a vector                   {B} a string of bits    {I} the query for a row of a tree
func (b *builder) expand(l *leaf, p *part, alone bool) {
	first := len(b.args) + 1
	if p.arg != nil { // a flag has no argument
		b.args = append(b.args, p.arg)
	}
	if p.second != nil {
		b.args = append(b.args, p.second)
	}
	sql := l.op.document
	if l.op.column != "" && !l.ref.document() {
		sql = l.op.column
	}
	if !alone {
		b.write(`(`)
		defer b.write(`)`)
	}
	for i := 0; i < len(sql); i++ {
		switch c := sql[i]; {
		case c == '$':
			i++
			b.parameter(first + int(sql[i]-'1'))
		case c == '{' && i+2 < len(sql) && sql[i+2] == '}' && 'A' <= sql[i+1] && sql[i+1] <= 'Z':
			b.place(sql[i+1], l, p, first)
			i += 2
		default:
			b.sql = append(b.sql, c)
		}
	}
}

// place writes the SQL that a letter in an operator's SQL stands for.
func (b *builder) place(letter byte, l *leaf, p *part, first int) {
	switch letter {
	case 'V':
		b.value(l.ref)
	case 'T':
		b.text(l.ref)
	case 'K':
		b.present(l.ref)
	case 'E':
		b.typed(l.ref, p.typ)
	case 'G':
		b.guard(l.ref, p.typ)
	case 'P':
		b.parameter(first)
		b.castParameter(p, l.ref)
	case 'N':
		b.length(l.ref)
	case 'C':
		b.sql = appendIdentifier(b.sql, l.ref.column)
	case 'F':
		b.searchable(l.ref, p, first)
	case 'L':
		b.language(p, first)
	case 'D':
		b.vector(l.ref, first)
	case 'B':
		b.bits(l.ref, first)
	case 'I':
		b.rowOfTree(l.ref.tree, first)
	}
}

// castParameter writes the cast after a parameter. A parameter that is compared with text needs none, unless it is an
// array; for a column with a type of its own the server infers the type.
func (b *builder) castParameter(p *part, r Ref) {
	t := p.typ
	if t == Date && r.document() {
		t = Text // dates in documents are compared as text
	}
	switch {
	case p.native:
	case p.list:
		b.write(`::`, types[t].sql, `[]`)
	case t != Text:
		b.write(`::`, types[t].sql)
	}
}

// searchable writes r as a tsvector. A column without As is one.
func (b *builder) searchable(r Ref, p *part, first int) {
	if r.native && !r.typed {
		b.sql = appendIdentifier(b.sql, r.column)
		return
	}
	b.write(`to_tsvector(`)
	b.language(p, first)
	b.write(`, `)
	b.text(r)
	b.write(`)`)
}

// language writes the text search configuration: as a literal if it is one of PostgreSQL's own, so that every plan can
// use an index with it, otherwise as a parameter.
func (b *builder) language(p *part, first int) {
	if p.language != "" {
		b.write(`'`, p.language, `'::regconfig`)
		return
	}
	b.parameter(first + 1)
	b.write(`::regconfig`)
}

// vector writes r as a vector, or NULL if it is not a vector with as many dimensions as the operand: another number of
// dimensions would raise an error.
func (b *builder) vector(r Ref, first int) {
	if !r.document() {
		b.sql = appendIdentifier(b.sql, r.column)
		return
	}
	b.write(`CASE WHEN `)
	b.kind(r, `array`)
	b.write(` THEN CASE WHEN jsonb_array_length(`)
	b.value(r)
	b.write(`) = vector_dims(`)
	b.parameter(first)
	b.write(`::vector) AND NOT jsonb_path_exists(`)
	b.value(r)
	b.write(`, 'strict $[*] ? (@.type() != "number" || @ > 3.0e38 || @ < -3.0e38)') THEN `)
	b.value(r)
	b.write(`::text::vector END END`)
}

// bits writes r as a bit string, or NULL if it is not one with as many bits as the operand.
func (b *builder) bits(r Ref, first int) {
	if !r.document() {
		b.sql = appendIdentifier(b.sql, r.column)
		return
	}
	b.write(`CASE WHEN `)
	b.kind(r, `string`)
	b.write(` AND length(`)
	b.text(r)
	b.write(`) = length(`)
	b.parameter(first)
	b.write(`::text) AND `)
	b.matches(r, `^[01]+$`)
	b.write(` THEN `)
	b.text(r)
	b.write(`::varbit END`)
}

// rowOfTree writes the query for the path of the row whose id is the operand.
func (b *builder) rowOfTree(t *tree, first int) {
	b.write(`SELECT `)
	b.sql = appendIdentifier(b.sql, t.path)
	b.write(` FROM `)
	b.table(t.table)
	b.write(` WHERE `)
	b.sql = appendIdentifier(b.sql, t.id)
	b.write(` = `)
	b.parameter(first)
}
