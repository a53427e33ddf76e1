package errors

import (
	"fmt"
	"strings"
)

// ProtocolError means that the server sent a message that is malformed, or not allowed at that point. The connection is
// closed.
type ProtocolError struct {
	Message byte   // the type byte of the message; 0 if it is not known
	State   string // what the connection was doing
	Detail  string // what is wrong with the message
}

// Error names the message and says what is wrong with it.
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

// ConnectError means that no connection could be made. Attempts holds one error for each host and address tried, in the
// order in which they were tried.
type ConnectError struct{ Attempts []error }

// Error shows all attempts on one line.
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

// Unwrap returns all attempts, for errors.Is and errors.As.
func (e *ConnectError) Unwrap() []error { return e.Attempts }

// AuthenticationError means that the client gave up the login: the server asked for a method that is not allowed or
// unknown, there was no password, or the server could not prove that it knows the password. If the server refuses the
// login, the error is a ServerError instead.
type AuthenticationError struct {
	Mechanism string // trust, password, md5, scram-sha-256 and so on; empty if none has been chosen yet
	Detail    string
	Err       error // the cause, or nil
}

// Error says what went wrong. It never shows a secret.
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

// Unwrap returns the cause, or nil.
func (e *AuthenticationError) Unwrap() error { return e.Err }

// TLSError means that no connection could be made with the encryption that the configuration asks for.
type TLSError struct {
	Detail string
	Err    error // the error of the handshake, or nil
}

// Error says what went wrong.
func (e *TLSError) Error() string {
	text := prefix + "tls: " + e.Detail
	if e.Err != nil {
		text += ": " + inner(e.Err)
	}
	return printable(text)
}

// Unwrap returns the error of the handshake, or nil.
func (e *TLSError) Unwrap() error { return e.Err }

// OpError records which step failed, and why.
type OpError struct {
	// Op is one of
	//   - query: a query that did not become a stream, because its context ended or the connection was closed,
	//   - stream: a stream, for the same reasons,
	//   - read, write: the network,
	//   - cancel: stopping a query on the server,
	//   - ping, close, resume: the calls of these names,
	//   - WithRole, WithSetting("name") and similar: settings of a query that the server refused,
	//   - the host, and its address if that differs: an attempt of a ConnectError.
	Op  string
	Err error
	// Unsent reports that no part of the query was sent to the server.
	Unsent bool
}

// Error shows the step and the reason.
func (e *OpError) Error() string { return printable(prefix + e.Op + ": " + inner(e.Err)) }

// Unwrap returns the reason.
func (e *OpError) Unwrap() error { return e.Err }

// ConfigError means that a setting of the connection is invalid.
type ConfigError struct {
	Key    string // the setting, as in a connection string; empty if the error is about several
	Detail string // what is wrong with it; it never shows a value that may be secret
}

// Error names the setting.
func (e *ConfigError) Error() string {
	if e.Key == "" {
		return printable(prefix + "configuration: " + e.Detail)
	}
	return printable(fmt.Sprintf("%sconfiguration: %s: %s", prefix, e.Key, e.Detail))
}

// UsageError means that a call cannot succeed as written: an option is out of range, an argument cannot be sent, or the
// statement is not a query.
type UsageError struct{ Detail string }

// Error says what is wrong with the call.
func (e *UsageError) Error() string { return printable(prefix + e.Detail) }
