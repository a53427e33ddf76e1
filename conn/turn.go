package conn

import (
	"errors"
	"os"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// What is here is the part of a query that Query, Ping and the login's own statements share: a message goes out, and its
// answer is awaited up to some phase.

// send writes the message in c.out. The connection must be silent before: a result that comes before its query was sent
// is not the answer to it.
func (q *query) send() error {
	c := q.c
	quiet, err := c.silent()
	if err != nil {
		return c.unsent(q.unbegun(err, quiet))
	}
	n, err := c.link.nc.Write(c.out)
	if cap(c.out) > keptMessage {
		c.out = nil
	}
	if err == nil {
		return nil
	}
	sound := quiet && n == 0 && c.at.way == plaintext // TLS does not survive a write that was cut short
	return &werr.OpError{Op: "write", Err: q.unbegun(err, sound), Unsent: n == 0}
}

// unbegun ends the turn of a query that could not be sent, and says why. A context that ended before anything was sent, or
// came, leaves a sound connection.
func (q *query) unbegun(err error, sound bool) error {
	ended := werr.FromContext(q.ctx)
	if ended != nil && sound && errors.Is(err, os.ErrDeadlineExceeded) {
		q.c.release()
		return ended
	}
	q.c.broken(err)
	q.c.fail()
	if ended != nil {
		return ended
	}
	return explain(err)
}

// keptMessage is up to which size, in bytes, the buffer of a message sent is kept for the next.
const keptMessage = 64 << 10

// silent reads what has arrived between two turns: notices and parameters are taken in, anything else is an error. quiet
// says that nothing has.
func (c *Conn) silent() (quiet bool, err error) {
	c.link.arrivedOnly = true
	defer func() { c.link.arrivedOnly = false }()
	quiet = true
	for range silentReads {
		if err := c.overhear(); err != nil {
			return quiet, err
		}
		n, err := c.reader.More()
		if n == 0 || err != nil {
			return quiet, err
		}
		quiet = false
	}
	return quiet, c.overhear() // a server that never stops to send is met in the answer
}

// overhear takes in the messages that have been read between two turns.
func (c *Conn) overhear() error {
	for {
		typ, body, ok, err := c.reader.Message()
		if err != nil || !ok {
			return err
		}
		if err := c.unasked(typ, body); err != nil {
			return err
		}
	}
}

// silentReads bounds the reads of what has come between two turns.
const silentReads = 16

// unasked takes in a message that came without a query.
func (c *Conn) unasked(typ byte, body []byte) error {
	illegal := &werr.ProtocolError{Message: typ, State: "idle", Detail: "a message came that no query asked for"}
	if typ == 'D' {
		return illegal
	}
	m, err := c.decoder.Decode(typ, body)
	if err != nil {
		return err
	}
	if last, ok := m.(*pgproto3.ErrorResponse); ok {
		return c.serverError(last) // the server's last word, such as admin_shutdown
	}
	if done, err := c.asynchronous(m); done || err != nil {
		return err
	}
	return illegal
}

// await obeys messages until the answer has come to phase p or a later one, or has failed there, or to another result. An
// error means that it has not; what the server reports is in s.result.failure.
func (s *source) await(p phase) error {
	for s.result.phase < p && !s.result.further {
		ok, err := s.message()
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		if _, err := s.c.reader.More(); err != nil {
			return err
		}
	}
	return nil
}

// abandon drains the query behind the caller's back; over is closed when the connection is idle or closed.
func (s *source) abandon() (over <-chan struct{}) {
	s.c.mu.Lock()
	over = s.c.over
	s.c.mu.Unlock()
	s.c.cancelling()
	go s.Stop() //nolint:errcheck // what came of it is the connection's state
	return over
}
