package query

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Select is a statement over a view with a column data of type json or jsonb. It is a value: every method returns a
// changed copy and does not modify its receiver, so a Select may be shared by goroutines and extended by each. Nothing
// is checked before Build, Run, Cursor or Resumable.
type Select struct {
	view   string
	where  []Predicate
	order  []Order
	fields []Ref
	keep   func(json.RawMessage) bool
	limit  bound
	offset bound
	cursor *string
	count  bool
}

// bound is a number of rows, which may be unset.
type bound struct {
	n   int64
	set bool
}

// From begins a statement over a view, "v_user" or, with its schema, "app.v_user". Names are quoted, so they are
// case-sensitive.
func From(view string) Select { return Select{view: view} }

// Where adds conditions; a row must meet all of them.
func (q Select) Where(p ...Predicate) Select {
	q.where = append(q.where[:len(q.where):len(q.where)], p...)
	return q
}

// WhereSQL adds a condition in SQL. Its parameters are numbered from $1; they are renumbered, and the condition is put
// in parentheses. It must be complete: if parentheses, quotes or comments are not closed, Build returns an error. Never
// build sql from untrusted input.
func (q Select) WhereSQL(sql string, args ...any) Select {
	return q.Where(Predicate{&raw{sql: sql, args: slices.Clone(args)}})
}

// OrderBy adds keys to the order, after those already there.
func (q Select) OrderBy(o ...Order) Select {
	q.order = append(q.order[:len(q.order):len(q.order)], o...)
	return q
}

// Limit sets the maximum number of rows that the server sends.
func (q Select) Limit(n int64) Select {
	q.limit = bound{n, true}
	return q
}

// Offset sets the number of rows that the server skips. The server still has to produce them; with After it does not.
func (q Select) Offset(n int64) Select {
	q.offset = bound{n, true}
	return q
}

// Project replaces the document by a smaller one that has only these fields, nested as in the original. A field that a
// row does not have is null. In an array of objects the field is taken from each of them. A Column is included under
// its name.
func (q Select) Project(fields ...Ref) Select {
	q.fields = append(q.fields[:len(q.fields):len(q.fields)], fields...)
	return q
}

// Filter drops the rows for which keep returns false, on the client, for conditions that cannot be expressed in SQL.
// The server has sent these rows, and has counted them for Limit and Offset. keep must follow the rules of
// stream.WithFilter. With several filters, a row is kept only if all of them keep it.
func (q Select) Filter(keep func(json.RawMessage) bool) Select {
	if before := q.keep; before != nil && keep != nil {
		both := keep
		keep = func(row json.RawMessage) bool { return before(row) && both(row) }
	}
	q.keep = keep
	return q
}

// After skips all rows up to and including that of the cursor, which Cursor returned, in the order of OrderBy. If the
// cursor is invalid or belongs to another order, Build returns an error.
func (q Select) After(cursor string) Select {
	q.cursor = &cursor
	return q
}

// Count replaces the rows by one, {"count": n}, the number of rows that meet the conditions. Order, limit, offset,
// cursor and projection have no effect on it.
func (q Select) Count() Select {
	q.count = true
	return q
}

// Runner runs a statement: a *conn.Conn, a pool, or a connection of one.
type Runner interface {
	QueryArgs(ctx context.Context, sql string, args []any, opts ...stream.Option) (*stream.Stream, error)
}

// Run builds the statement and runs it. If the server rejects an operand that could not be checked before, such as a
// regular expression, the error is a *errors.UsageError that names the field, and wraps the server's error.
func (q Select) Run(ctx context.Context, r Runner, opts ...stream.Option) (*stream.Stream, error) {
	if r == nil {
		return nil, usage("Run needs a connection or a pool")
	}
	sql, args, err := q.Build()
	if err != nil {
		return nil, err
	}
	if q.keep != nil {
		opts = append(opts[:len(opts):len(opts)], stream.WithFilter(q.keep))
	}
	s, err := r.QueryArgs(ctx, sql, args, opts...)
	if err != nil {
		return nil, q.blame(err)
	}
	return s, nil
}
