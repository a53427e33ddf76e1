package conn

import (
	"errors"
	"os"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// send writes the message in c.out, and may read the beginning of the answer. What has arrived before is read first: a
// result that comes before its query was sent is not the answer to it.
func (q *query) send() error {
	c := q.c
	quiet, sent, err := c.ask()
	switch {
	case err != nil && sent > 0:
		return q.failWhileWaiting(err)
	case err != nil:
		return unsent(q.op, q.failBeforeSend(err, quiet))
	case sent < len(c.out):
		err = q.write(sent, quiet)
	}
	if cap(c.out) > maxKeptMessage {
		c.out = nil
	}
	return err
}

// maxKeptMessage is the size in bytes up to which the memory of a message is kept for the next one.
const maxKeptMessage = 64 << 10

// write writes the message but for what was sent of it.
func (q *query) write(sent int, quiet bool) error {
	c := q.c
	n, err := c.link.Write(c.out[sent:])
	if err == nil {
		return nil
	}
	n += sent
	usable := quiet && n == 0 && c.at.way == plaintext // TLS does not survive a write that was cut short
	return &werr.OpError{Op: "write", Err: q.failBeforeSend(err, usable), Unsent: n == 0}
}

// failBeforeSend ends the turn of a query that could not be sent as a whole, and returns the reason. If that is the end of
// the context, or of the time for the first row, a connection that is still usable becomes idle; in all other cases it is
// closed.
func (q *query) failBeforeSend(err error, usable bool) error {
	ended := werr.FromContext(q.ctx)
	if ended == nil && q.boundsFirstRow() && errors.Is(err, os.ErrDeadlineExceeded) {
		ended = q.firstRowLate()
	}
	if ended != nil && usable && errors.Is(err, os.ErrDeadlineExceeded) {
		q.c.release()
		return ended
	}
	q.c.broken(err)
	q.c.fail()
	if ended != nil {
		return ended
	}
	return q.c.explain(err)
}
