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

// broken closes the socket after err, which makes the connection unusable, and counts err in the metrics if it is a
// protocol error. The turn's owner still has to end the turn.
func (c *Conn) broken(err error) {
	var wrong *werr.ProtocolError
	if errors.As(err, &wrong) {
		wiremetrics.ProtocolError(messageType(wrong.Message))
	}
	c.shut()
}

// messageType returns the value of a label for a message's type byte, which the server chooses and which may be any
// byte.
func messageType(typ byte) string {
	if typ > ' ' && typ < 0x7f {
		return string(rune(typ))
	}
	return "unknown"
}

// explain is like the function explain, but if the server sent a notice that it is ending directly before it closed the
// connection, that is the reason, and it is returned.
func (c *Conn) explain(err error) error {
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
	if ended && c.lastWord != nil && c.reader.Between() { // no part of another message follows it
		return c.lastWord
	}
	return explain(err)
}

// explain returns the error for the caller if a read failed with err: what the server reported or did wrong, or that
// the network failed.
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
