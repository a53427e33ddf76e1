package conn

import (
	"errors"
	"os"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// send writes the message in c.out, and may read the beginning of the answer. Anything that arrived earlier is read
// first: a result that arrives before its query was sent is not its answer.
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

// maxKeptMessage is the size in bytes up to which the memory of a message is reused for the next one.
const maxKeptMessage = 64 << 10

// write writes the message, except for the part that was already sent.
func (q *query) write(sent int, quiet bool) error {
	c := q.c
	n, err := c.link.Write(c.out[sent:])
	if err == nil {
		return nil
	}
	n += sent
	usable := quiet && n == 0 && c.at.way == plaintext // a TLS connection is unusable after an incomplete write
	return &werr.OpError{Op: "write", Err: q.failBeforeSend(err, usable), Unsent: n == 0}
}

// failBeforeSend ends the turn of a query that could not be sent completely, and returns the reason. If the reason is
// that the context ended, or that the time for the first row is over, a connection that is still usable becomes idle;
// in all other cases it is closed.
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
