package conn

import (
	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// maxUnsolicitedReads is the largest number of reads before a query is sent. A server that never stops sending is
// detected when the answer is read.
const maxUnsolicitedReads = 16

// ask reads what has arrived since the last turn, and then sends the message in c.out as link.Ask does. Before that,
// notices, parameters and notifications are legal; anything else is an error, such as admin_shutdown, the server's
// reason to close the connection. It returns quiet as true if nothing had arrived.
func (c *Conn) ask() (quiet bool, sent int, err error) {
	quiet = true
	for range maxUnsolicitedReads {
		if err := c.handleUnsolicited(); err != nil {
			return quiet, 0, err
		}
		n, err := c.reader.MoreFrom(func(p []byte) (n int, err error) {
			n, sent, err = c.link.Ask(p, c.out)
			return n, err
		})
		if n == 0 || sent > 0 || err != nil {
			return quiet, sent, err
		}
		quiet = false
	}
	return quiet, 0, c.handleUnsolicited()
}

// handleUnsolicited handles the complete messages among what was read.
func (c *Conn) handleUnsolicited() error {
	for {
		typ, body, ok, err := c.reader.Message()
		if err != nil || !ok {
			return err
		}
		if err := c.unsolicited(typ, body); err != nil {
			return err
		}
	}
}

// unsolicited handles one message that does not belong to a query.
func (c *Conn) unsolicited(typ byte, body []byte) error {
	illegal := &werr.ProtocolError{Message: typ, State: "idle", Detail: "a message that does not belong to a query"}
	if typ == 'D' {
		return illegal
	}
	m, err := c.decoder.Decode(typ, body)
	if err != nil {
		return err
	}
	if reason, ok := m.(*pgproto3.ErrorResponse); ok {
		return c.serverError(reason)
	}
	if done, err := c.asynchronous(m); done || err != nil {
		return err
	}
	return illegal
}
