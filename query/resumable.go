package query

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// maxFruitless is how many connections in a row may be lost without a single row before Resumable gives up.
const maxFruitless = 10

// Resumable streams the rows of an ordered statement. If the connection is lost, it goes on after the last row that was
// yielded: each row comes once and in order, as long as the last key of OrderBy is unique and the keys of rows do not
// change. A connection counts as lost after a network error and after SQLSTATE 57P01 to 57P03 and class 08; every other
// error ends the iteration, as do several losses in a row without a row between them. The Runner must provide another
// connection: a pool does, a single *conn.Conn does not. A row is valid until the next iteration.
//
// It cannot know whether the keys are unique. If the two rows before a loss have the same keys, it ends with an error
// rather than guess.
//
// With a Limit, do not pass stream.WithFilter but use Filter: rows that WithFilter drops cannot be counted. To go on
// after a restart of the program, store the Cursor of the last row that was processed, and begin with After.
func (q Select) Resumable(ctx context.Context, r Runner, opts ...stream.Option) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		if err := q.checkCursor("Resumable"); err != nil {
			yield(nil, err)
			return
		}
		e := export{q: q, runner: r, opts: opts}
		if err := e.run(ctx, yield); err != nil {
			yield(nil, err)
		}
	}
}

// export is one run of Resumable.
type export struct {
	q      Select
	runner Runner
	opts   []stream.Option

	// Copies of the last two rows yielded: a row is no longer valid when its stream finds that the connection is lost.
	// Their keys are parsed only then.
	last, before []byte
	rows         int64 // number of rows yielded
	passed       int64 // rows sent by the server up to the last row yielded, including those that Filter drops
	seen         int64 // rows sent by the server so far, if there is a Filter
}

// errStopped means that the consumer has left the loop.
var errStopped = errors.New("the consumer has left")

// run streams until the end, across lost connections.
func (e *export) run(ctx context.Context, yield func(json.RawMessage, error) bool) error {
	for fruitless := 0; ; {
		rows := e.rows
		err := e.stream(ctx, yield)
		switch {
		case err == nil || errors.Is(err, errStopped):
			return nil
		case !lost(err) || ctx.Err() != nil:
			return err
		case e.rows > rows:
			fruitless = 0
		default:
			if fruitless++; fruitless == maxFruitless {
				return err
			}
		}
		if e.q.limit.set && e.passed >= e.q.limit.n {
			return nil // all rows have been sent, only the end was lost
		}
		if e.same() {
			return errors.Join(err, usage("Resumable: the last two rows have the same keys, so it is unknown which rows follow them"))
		}
	}
}

// stream runs the statement for the remaining rows.
func (e *export) stream(ctx context.Context, yield func(json.RawMessage, error) bool) error {
	q, err := e.remaining()
	if err != nil {
		return err
	}
	s, err := q.Run(ctx, e.runner, e.opts...)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // the rows have ended, or are not wanted
	for s.Next() {
		row := s.Row()
		e.before, e.last = e.last, append(e.before[:0], row...)
		e.rows++
		e.passed = e.rows
		if e.q.keep != nil {
			e.passed = e.seen
		}
		if !yield(row, nil) {
			return errStopped
		}
	}
	return s.Err()
}

// remaining returns the statement for the rows after the last row yielded.
func (e *export) remaining() (Select, error) {
	q := e.q
	e.seen = e.passed
	if keep := q.keep; keep != nil {
		q.keep = func(row json.RawMessage) bool {
			e.seen++
			return keep(row)
		}
	}
	if e.rows == 0 {
		return q, nil
	}
	cursor, err := q.cursorOf(e.last)
	if err != nil {
		return q, err
	}
	q.offset = bound{}
	if q.limit.set {
		q.limit.n -= e.passed
	}
	return q.After(cursor), nil
}

// same reports whether the last two rows have the same keys.
func (e *export) same() bool {
	if e.rows < 2 {
		return false
	}
	for _, o := range e.q.order {
		if !equalKeys(o.ref.typ, keyOf(e.last, o.ref), keyOf(e.before, o.ref)) {
			return false
		}
	}
	return true
}

// lost reports whether err means that the connection has been lost.
func lost(err error) bool {
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		return refused.Code == "57P01" || refused.Code == "57P02" || refused.Code == "57P03" || strings.HasPrefix(refused.Code, "08")
	}
	return werr.CategoryOf(err) == werr.CategoryIO
}
