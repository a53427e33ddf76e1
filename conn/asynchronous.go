package conn

import (
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// asynchronous takes in the messages that may come at any time ("Asynchronous Operations"). done says that m was one of
// them. Any message takes the place of an earlier notice as the server's last word.
func (c *Conn) asynchronous(m pgproto3.BackendMessage) (done bool, err error) {
	c.lastWord = nil
	switch m := m.(type) {
	case *pgproto3.NoticeResponse:
		c.notice(m)
	case *pgproto3.ParameterStatus:
		return true, c.parameters.set(m)
	case *pgproto3.NotificationResponse:
		// They follow from a LISTEN, which cannot be run here. A pooler may pass on those of somebody else.
	default:
		return false, nil
	}
	return true, nil
}

// notice hands a notice on, and keeps it where it may be the reason for the end of the connection. A server that is
// stopped at once, or whose other processes have crashed, says so in a WARNING and closes the connection.
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

// serverError is what the server reports, with the passwords taken out.
func (c *Conn) serverError(m *pgproto3.ErrorResponse) *werr.ServerError {
	return c.redact(protocol.ServerErrorOf(m))
}
