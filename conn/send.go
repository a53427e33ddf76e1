package conn

import (
	"errors"
	"os"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// send writes the message in c.out. What has arrived before is read first: a result that comes before its query was sent
// is not the answer to it.
func (q *query) send() error {
	c := q.c
	quiet, err := c.readUnsolicited()
	if err != nil {
		return unsent(q.op, q.failBeforeSend(err, quiet))
	}
	n, err := c.link.Write(c.out)
	if cap(c.out) > maxKeptMessage {
		c.out = nil
	}
	if err == nil {
		return nil
	}
	usable := quiet && n == 0 && c.at.way == plaintext // TLS does not survive a write that was cut short
	return &werr.OpError{Op: "write", Err: q.failBeforeSend(err, usable), Unsent: n == 0}
}

// maxKeptMessage is the size in bytes up to which the memory of a message is kept for the next one.
const maxKeptMessage = 64 << 10

// failBeforeSend ends the turn of a query that could not be sent as a whole, and returns the reason. If that is the end of
// the context, a connection that is still usable becomes idle; in all other cases it is closed.
func (q *query) failBeforeSend(err error, usable bool) error {
	ended := werr.FromContext(q.ctx)
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
