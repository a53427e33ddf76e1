package conn

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// broken closes the connection in a turn that cannot go on. The turn's owner still ends the turn.
func (c *Conn) broken(err error) {
	var wrong *werr.ProtocolError
	if errors.As(err, &wrong) {
		wiremetrics.ProtocolError(messageType(wrong.Message))
	}
	c.shut()
}

// messageType is the label of a type byte, which a hostile server chooses.
func messageType(typ byte) string {
	if typ > ' ' && typ < 0x7f {
		return string(rune(typ))
	}
	return "unknown"
}

// explain says what a failed read means.
func explain(err error) error {
	var wrong *werr.ProtocolError
	var usage *werr.UsageError
	var server *werr.ServerError
	switch {
	case errors.As(err, &wrong), errors.As(err, &usage), errors.As(err, &server):
		return err
	case errors.Is(err, net.ErrClosed):
		err = werr.ErrConnectionClosed
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = fmt.Errorf("the server closed the connection: %w", err)
	}
	return &werr.OpError{Op: "read", Err: err}
}

// asynchronous handles the messages that may come at any time ("Asynchronous Operations"); done says that m was one.
func (c *Conn) asynchronous(m pgproto3.BackendMessage) (done bool, err error) {
	switch m := m.(type) {
	case *pgproto3.NoticeResponse:
		if c.cfg.OnNotice != nil {
			c.cfg.OnNotice(c.redact(protocol.NoticeOf(m)))
		}
	case *pgproto3.ParameterStatus:
		return true, c.parameters.set(m)
	case *pgproto3.NotificationResponse:
		// Only a LISTEN brings them, which cannot be run here; a pooler may pass on somebody else's.
	default:
		return false, nil
	}
	return true, nil
}

// serverError is what the server reports, without the password.
func (c *Conn) serverError(m *pgproto3.ErrorResponse) *werr.ServerError {
	return c.redact(protocol.ServerErrorOf(m))
}
