package conn

import (
	"context"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// Ping sends an empty statement and waits for the server's answer. While a stream runs, it returns ErrConnectionBusy.
// If ctx ends first, Ping returns its error, and the connection is drained or closed in the background.
func (c *Conn) Ping(ctx context.Context) error { return c.simple(ctx, "ping", "") }

// simple runs sql as a simple Query, discards the rows, and returns the error that the server reports. op is the
// operation named in its errors.
func (c *Conn) simple(ctx context.Context, op, sql string) error {
	turn, err := c.begin(ctx, op)
	if err != nil {
		return err
	}
	q := query{source: c.newSource(turn), op: op, ctx: ctx}
	c.result = result{phase: describing, simple: true, discarding: true}
	c.reader.NewQuery()
	if c.out, err = protocol.AppendSimpleQuery(c.out[:0], sql); err != nil {
		c.release()
		return err
	}
	q.watch.begin(ctx)
	defer q.watch.end()
	if err := q.send(); err != nil {
		return err
	}
	if err := q.discard(); err != nil {
		return q.failWhileWaiting(err)
	}
	failure := c.result.failure
	c.release()
	if _, empty := failure.(*werr.UsageError); empty && sql == "" { // never wrapped
		return nil
	}
	return failure
}
