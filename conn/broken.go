package conn

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// broken closes the socket after err, which no turn survives, and counts a broken protocol in the metrics. The turn's
// owner still has to end the turn.
func (c *Conn) broken(err error) {
	var wrong *werr.ProtocolError
	if errors.As(err, &wrong) {
		wiremetrics.ProtocolError(messageType(wrong.Message))
	}
	c.shut()
}

// messageType is the value of a label for a message's type byte, which the server chooses and which may be anything.
func messageType(typ byte) string {
	if typ > ' ' && typ < 0x7f {
		return string(rune(typ))
	}
	return "unknown"
}

// explain is explain with what the server said directly before it ended the connection, which is the reason for that.
func (c *Conn) explain(err error) error {
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
	if ended && c.lastWord != nil && c.reader.Between() { // no part of another message has come after it
		return c.lastWord
	}
	return explain(err)
}

// explain is the error for the caller where a read failed with err: what the server said or got wrong, or that the
// network failed.
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
