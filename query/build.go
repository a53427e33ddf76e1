package query

import (
	"fmt"
	"strings"
)

// maxParameters is the maximum number of parameters of a statement: the number is sent in 16 bits (manual, "Message
// Formats", Bind).
const maxParameters = 65535

// Build returns the statement and its arguments. Statements of the same shape have the same text: values are bound, and
// a list is bound as one array, so they never change the text; nulls do. An error is a *errors.UsageError that names
// the field and the operator.
func (q Select) Build() (sql string, args []any, err error) {
	b := builder{sql: make([]byte, 0, 512), args: make([]any, 0, 8)}
	keyset, err := q.keyset()
	if err != nil {
		return "", nil, err
	}
	b.write(`SELECT `)
	b.selected(q)
	b.write(` FROM `)
	b.table(q.view)
	b.where(q.where, keyset)
	if !q.count {
		b.orderBy(q.order)
		b.rows(` LIMIT `, "Limit", q.limit)
		b.rows(` OFFSET `, "Offset", q.offset)
	}
	if len(b.args) > maxParameters {
		b.fail(fmt.Sprintf("%d parameters, but a statement can have at most %d", len(b.args), maxParameters))
	}
	if b.err != nil {
		return "", nil, b.err
	}
	return string(b.sql), b.args, nil
}

func (b *builder) selected(q Select) {
	switch {
	case q.count && q.keep != nil:
		b.fail("Count: rows that Filter drops cannot be counted by the server")
	case q.count:
		b.write(`jsonb_build_object('count', count(*)) AS data`)
	case len(q.fields) == 0:
		b.write(`data`)
	default:
		b.projection(q.fields)
	}
}

// table writes the name of a table, with its schema if it has one.
func (b *builder) table(name string) {
	schema, table, qualified := strings.Cut(name, ".")
	if !qualified {
		table = schema
	}
	for _, part := range []struct{ what, name string }{{"the schema", schema}, {"the view", table}} {
		if detail := badIdentifier(part.what, part.name); detail != "" {
			b.fail("From(" + quoted(name) + "): " + detail)
			return
		}
	}
	if strings.Contains(table, ".") {
		b.fail("From(" + quoted(name) + "): want a view, or a schema and a view with one dot between them")
		return
	}
	if qualified {
		b.sql = appendIdentifier(b.sql, schema)
		b.write(`.`)
	}
	b.sql = appendIdentifier(b.sql, table)
}

func (b *builder) where(conditions []Predicate, k *keyset) {
	word := ` WHERE `
	for _, p := range conditions {
		b.write(word)
		b.predicate(p)
		word = ` AND `
	}
	if k != nil {
		b.write(word, `(`)
		b.behind(k)
		b.write(`)`)
	}
}

func (b *builder) rows(word, method string, n bound) {
	switch {
	case !n.set:
	case n.n < 0:
		b.fail(fmt.Sprintf("%s(%d): want 0 or more", method, n.n))
	default:
		b.write(word)
		b.bind(n.n)
		b.write(`::bigint`)
	}
}
