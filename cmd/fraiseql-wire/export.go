package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/query"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const (
	// exportBatch is how many bytes of rows are collected for one write.
	exportBatch = 32 << 10
	// exportDelay is the longest time since the last write for which a row is kept in the batch.
	exportDelay = 50 * time.Millisecond
	// saveEvery is the interval at which the place is saved. After the program was killed, the next run repeats the
	// rows written since.
	saveEvery = time.Second
)

// export writes the rows of a statement that survives lost connections, and keeps track of its place, which never
// covers a row that has not been written.
type export struct {
	q     query.Select // the whole statement: cursors refer to its order
	place *placeFile
	out   *output

	batch   bytes.Buffer // whole lines to be written, one per row
	written time.Time
	saved   time.Time
}

// run writes the rows of rest, the part of the statement that is left.
func (e *export) run(ctx context.Context, rest query.Select, r query.Runner, opts []stream.Option) error {
	defer e.out.close()
	if err := e.place.save(); err != nil { // so that a place that cannot be saved is noticed before there are rows
		return err
	}
	e.saved = time.Now()
	for row, err := range rest.Resumable(ctx, r, opts...) {
		if err == nil {
			err = e.add(row)
		} else if unwritten := e.flush(); unwritten != nil && ctx.Err() == nil {
			err = unwritten
		}
		if err != nil {
			return e.place.end(err)
		}
	}
	return e.place.end(e.flush())
}

// add adds a row to the batch, and writes the batch when it is due.
func (e *export) add(row json.RawMessage) error {
	if row == nil {
		row = json.RawMessage("null")
	}
	for line := range bytes.SplitSeq(row, []byte{'\n'}) { // a line break in JSON is white space
		e.batch.Write(line)
		e.batch.WriteByte(' ')
	}
	e.batch.Bytes()[e.batch.Len()-1] = '\n'
	if e.batch.Len() < exportBatch && time.Since(e.written) < exportDelay {
		return nil
	}
	if err := e.flush(); err != nil {
		return err
	}
	if time.Since(e.saved) < saveEvery {
		return nil
	}
	e.saved = time.Now()
	return e.place.save()
}

// flush writes the batch, and moves the place past the last row that was written whole.
func (e *export) flush() error {
	n, failed := e.out.Write(e.batch.Bytes())
	lines := e.batch.Bytes()[:n]
	if end := bytes.LastIndexByte(lines, '\n'); end >= 0 {
		last := lines[bytes.LastIndexByte(lines[:end], '\n')+1 : end]
		cursor, err := e.q.Cursor(last)
		if err != nil {
			return errors.Join(failed, err)
		}
		e.place.Cursor = cursor
		e.place.Rows += int64(bytes.Count(lines, []byte{'\n'}))
	}
	e.written = time.Now()
	e.batch.Reset()
	return failed
}

// export runs the statement of the flags such that the same command continues where an earlier run failed.
func (f *streamFlags) export(ctx context.Context, cmd *cobra.Command, l limit, opts []stream.Option) error {
	q, err := f.selection.statement(cmd)
	if err != nil {
		return err
	}
	place, err := openPlace(f.resume, q)
	if err != nil {
		return err
	}
	r := &reconnecting{f: f, cmd: cmd, l: l}
	defer r.close()
	e := export{q: q, place: place, out: newOutput(ctx, cmd.OutOrStdout(), l)}
	return e.run(ctx, place.rest(&f.selection, q), r, opts)
}

// reconnecting is a Runner that connects when it has no connection, or its connection is lost.
type reconnecting struct {
	f   *streamFlags
	cmd *cobra.Command
	l   limit
	c   *conn.Conn
}

func (r *reconnecting) QueryArgs(ctx context.Context, sql string, args []any, opts ...stream.Option) (*stream.Stream, error) {
	if r.c == nil || r.c.State() == conn.Closed {
		c, err := r.f.connect(ctx, r.cmd, r.l)
		if err != nil {
			return nil, err
		}
		r.c = c
	}
	return r.c.QueryArgs(ctx, sql, args, opts...)
}

func (r *reconnecting) close() {
	if r.c != nil {
		closeConn(r.c, r.l, r.cmd.ErrOrStderr())
	}
}
