package query

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Select is a statement over a view with a column data of type json or jsonb. It is a value: every method returns
// another one and leaves its receiver alone, so that one may be shared by goroutines and extended by each. Nothing is
// checked before Build, Run, Cursor or Resumable.
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

// bound is a number of rows that may be unset.
type bound struct {
	n   int64
	set bool
}

// From begins a statement over a view, "v_user" or, with its schema, "app.v_user". Names are quoted, so they are in the
// case that the database has them in.
func From(view string) Select { return Select{view: view} }

// Where adds conditions; a row must meet all.
func (q Select) Where(p ...Predicate) Select {
	q.where = append(q.where[:len(q.where):len(q.where)], p...)
	return q
}

// WhereSQL adds a condition in SQL of the program's own, with parameters from $1 on of its own: they are renumbered, and
// the condition stands in parentheses. It must be complete: parentheses, quotes and comments that are left open are an
// error of Build. Never put together sql from what comes from outside.
func (q Select) WhereSQL(sql string, args ...any) Select {
	return q.Where(Predicate{&raw{sql: sql, args: slices.Clone(args)}})
}

// OrderBy adds keys to the order, behind those that are there.
func (q Select) OrderBy(o ...Order) Select {
	q.order = append(q.order[:len(q.order):len(q.order)], o...)
	return q
}

// Limit is the greatest number of rows that the server sends.
func (q Select) Limit(n int64) Select {
	q.limit = bound{n, true}
	return q
}

// Offset is the number of rows that the server leaves out first. It has to make them all the same: After does not.
func (q Select) Offset(n int64) Select {
	q.offset = bound{n, true}
	return q
}

// Project replaces the document by a smaller one that holds these fields alone, nested as they are in it. A field that
// a row does not have is null. In an array of objects it takes the field of each. A Column stands under its name.
func (q Select) Project(fields ...Ref) Select {
	q.fields = append(q.fields[:len(q.fields):len(q.fields)], fields...)
	return q
}

// Filter drops the rows for which keep returns false on this side, for what SQL cannot say; the server has sent them,
// and has counted them for Limit and Offset. It becomes stream.WithFilter, whose rules hold for keep. Several filters
// must all keep a row.
func (q Select) Filter(keep func(json.RawMessage) bool) Select {
	if before := q.keep; before != nil && keep != nil {
		both := keep
		keep = func(row json.RawMessage) bool { return before(row) && both(row) }
	}
	q.keep = keep
	return q
}

// After leaves out the rows up to that of the cursor, which Cursor made, in the order of OrderBy. A cursor that is
// broken, or of another order, is an error of Build.
func (q Select) After(cursor string) Select {
	q.cursor = &cursor
	return q
}

// Count replaces the rows by one, {"count": n}: how many rows meet the conditions. Order, limit, offset, cursor and
// projection do not count.
func (q Select) Count() Select {
	q.count = true
	return q
}

// Runner runs a statement: a *conn.Conn, a pool, or a connection of one.
type Runner interface {
	QueryArgs(ctx context.Context, sql string, args []any, opts ...stream.Option) (*stream.Stream, error)
}

// Run builds the statement and runs it. Where the server refuses an operand that could not be checked before, such as
// a regular expression, the error is a *errors.UsageError that names the field, and wraps the server's error.
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
