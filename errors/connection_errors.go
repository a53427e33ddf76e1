package errors

import (
	"fmt"
	"strings"
)

// ProtocolError is a message that no sound server sends, or sends at this moment. The connection is closed.
type ProtocolError struct {
	Message byte   // type byte of the message; 0: not known
	State   string // what the connection was doing
	Detail  string
}

// Error has the type and what is wrong with the message.
func (e *ProtocolError) Error() string {
	text := prefix + "protocol error"
	if e.Message != 0 {
		text += fmt.Sprintf(" in message %q", e.Message)
	}
	if e.State != "" {
		text += " while " + e.State
	}
	return printable(text + ": " + e.Detail)
}

// ConnectError is a connection that could not be made: one error per host and address tried, in their order.
type ConnectError struct{ Attempts []error }

// Error has every attempt on one line.
func (e *ConnectError) Error() string {
	texts := make([]string, len(e.Attempts))
	for i, err := range e.Attempts {
		texts[i] = inner(err)
	}
	if len(texts) == 0 {
		return prefix + "cannot connect: no host was given"
	}
	return printable(prefix + "cannot connect: " + strings.Join(texts, "; "))
}

// Unwrap gives errors.Is and errors.As all attempts.
func (e *ConnectError) Unwrap() []error { return e.Attempts }

// AuthenticationError is a login that failed on this side: a method that is not allowed or not known, no password, a server
// that could not prove itself. What the server refuses is a ServerError.
type AuthenticationError struct {
	Mechanism string // trust, password, md5, scram-sha-256, ...; "" where none was chosen yet
	Detail    string
	Err       error // what caused it, where something did
}

// Error never holds a secret.
func (e *AuthenticationError) Error() string {
	text := prefix + "authentication"
	if e.Mechanism != "" {
		text += " with " + e.Mechanism
	}
	text += ": " + e.Detail
	if e.Err != nil {
		text += ": " + inner(e.Err)
	}
	return printable(text)
}

// Unwrap is the cause, or nil.
func (e *AuthenticationError) Unwrap() error { return e.Err }

// TLSError is an encrypted connection that could not be made as asked for.
type TLSError struct {
	Detail string
	Err    error // the handshake's error, where there was one
}

// Error says what was asked for.
func (e *TLSError) Error() string {
	text := prefix + "tls: " + e.Detail
	if e.Err != nil {
		text += ": " + inner(e.Err)
	}
	return printable(text)
}

// Unwrap is the handshake's error, or nil.
func (e *TLSError) Unwrap() error { return e.Err }

// OpError is a failed step: which one, and why.
type OpError struct {
	Op  string // connect, write, read, query, stream, ping, close
	Err error
	// Unsent says that nothing of a query had reached the server.
	Unsent bool
}

// Error is the step and the reason.
func (e *OpError) Error() string { return printable(prefix + e.Op + ": " + inner(e.Err)) }

// Unwrap is the reason.
func (e *OpError) Unwrap() error { return e.Err }

// ConfigError is a connection setting that cannot be right. Detail does not repeat secret values.
type ConfigError struct {
	Key    string // as in a DSN
	Detail string
}

// Error names the setting.
func (e *ConfigError) Error() string {
	if e.Key == "" {
		return printable(prefix + "configuration: " + e.Detail)
	}
	return printable(fmt.Sprintf("%sconfiguration: %s: %s", prefix, e.Key, e.Detail))
}

// UsageError is a call with a value out of range, an argument that cannot be sent, or a statement of the wrong kind.
type UsageError struct{ Detail string }

// Error says what is wrong with the call.
func (e *UsageError) Error() string { return printable(prefix + e.Detail) }
