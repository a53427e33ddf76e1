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

// maxFruitless is how many times in a row Resumable goes on without a single row between two losses.
const maxFruitless = 10

// Resumable streams the rows of an ordered statement, and goes on behind the last row that was handed over when the
// connection is lost: each row comes once and in order, as long as the last key of OrderBy is unique and rows do not
// move. What counts as lost is an error of the network and SQLSTATE 57P01 to 57P03 and class 08; every other error ends
// the rows, as do several losses without a row between them. Another connection is the Runner's affair: a pool gives
// one, a single *conn.Conn does not. A row is valid until the loop goes on.
//
// It cannot know whether the keys are unique. Where the two rows before a loss have the same keys, it ends with an
// error instead of guessing.
//
// The rows that were left out by a filter are known to it from Filter alone: with a Limit, give no stream.WithFilter.
// A program that must survive its own death keeps Cursor of the last row that it has dealt with, and begins with After.
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

// export is a run of Resumable.
type export struct {
	q      Select
	runner Runner
	opts   []stream.Option

	// The last two rows that were handed over, copied: a row is gone when the stream that it came from finds out that its
	// connection is lost. Their keys are looked for only then.
	last, before []byte
	rows         int64 // handed over in all
	passed       int64 // sent by the server up to the last row that was handed over, with those that Filter drops
	seen         int64 // sent by the server so far, where Filter counts
}

// errStopped says that the consumer has left the loop.
var errStopped = errors.New("the consumer has left")

// run streams until the end, whatever becomes of connections.
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
			return nil // only the word of the end was lost
		}
		if e.same() {
			return errors.Join(err, usage("Resumable: the last two rows have the same keys, so what follows them is not certain"))
		}
	}
}

// stream runs the statement for the rows that are still to come.
func (e *export) stream(ctx context.Context, yield func(json.RawMessage, error) bool) error {
	q, err := e.remaining()
	if err != nil {
		return err
	}
	s, err := q.Run(ctx, e.runner, e.opts...)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // its rows are over, or nobody wants them
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

// remaining is the statement for what is behind the last row.
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

// same says whether the last two rows have the same keys.
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

// lost says whether a connection has been lost.
func lost(err error) bool {
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		return refused.Code == "57P01" || refused.Code == "57P02" || refused.Code == "57P03" || strings.HasPrefix(refused.Code, "08")
	}
	return werr.CategoryOf(err) == werr.CategoryIO
}
