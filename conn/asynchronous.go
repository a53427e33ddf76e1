package conn

import (
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// asynchronous handles the messages that the server may send at any time ("Asynchronous Operations"). It reports in
// done whether m was one of them. Every message clears lastWord, and a notice may then set it again.
func (c *Conn) asynchronous(m pgproto3.BackendMessage) (done bool, err error) {
	c.lastWord = nil
	switch m := m.(type) {
	case *pgproto3.NoticeResponse:
		c.notice(m)
	case *pgproto3.ParameterStatus:
		return true, c.parameters.set(m)
	case *pgproto3.NotificationResponse:
		// They result from a LISTEN, which cannot be run here. A pooler may forward those of another client.
	default:
		return false, nil
	}
	return true, nil
}

// notice passes a notice to Config.OnNotice, and keeps it if it may be the reason for the end of the connection. A
// server that shuts down immediately, or one of whose processes has crashed, sends such a WARNING and closes the
// connection.
func (c *Conn) notice(m *pgproto3.NoticeResponse) {
	ends := strings.HasPrefix(m.Code, "57P") || strings.HasPrefix(m.Code, "53")
	if !ends && c.cfg.OnNotice == nil {
		return
	}
	notice := c.redact(protocol.NoticeOf(m))
	if ends {
		c.lastWord = notice
	}
	if c.cfg.OnNotice != nil {
		c.cfg.OnNotice(notice)
	}
}

// serverError returns the error that the server reports, with passwords masked.
func (c *Conn) serverError(m *pgproto3.ErrorResponse) *werr.ServerError {
	return c.redact(protocol.ServerErrorOf(m))
}
