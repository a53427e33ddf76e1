package conn

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// next returns the next message that is not asynchronous. An ErrorResponse is returned as an error.
func (l *login) next() (pgproto3.BackendMessage, error) {
	for {
		typ, body, err := l.frame()
		if err != nil {
			return nil, err
		}
		if typ == 'D' && l.phase == loginAsking {
			return decodeRow(body)
		}
		m, err := l.c.decoder.Decode(typ, body)
		if err != nil {
			return nil, err
		}
		if refused, ok := m.(*pgproto3.ErrorResponse); ok {
			return nil, l.refusal(refused)
		}
		if _, notice := m.(*pgproto3.NoticeResponse); !notice && l.phase < loginAuthenticated {
			return m, nil // before that, a notice is the only asynchronous message allowed
		}
		if done, err := l.c.asynchronous(m); !done || err != nil {
			return m, err
		}
	}
}

// frame returns the next message, not yet decoded.
func (l *login) frame() (typ byte, body []byte, err error) {
	r := l.c.reader
	for {
		typ, body, ok, err := r.Message()
		if ok || err != nil {
			return typ, body, err
		}
		if _, _, err := l.c.read(); err != nil {
			return 0, nil, explain(err)
		}
	}
}

// refusal returns the error of an ErrorResponse.
func (l *login) refusal(m *pgproto3.ErrorResponse) error {
	e := l.c.serverError(m)
	if strings.Contains(e.Message, "startup parameter") {
		return fmt.Errorf("%w; a PgBouncer in between accepts a run-time parameter only if it is listed in "+
			"its ignore_startup_parameters", e)
	}
	return e
}

// negotiate handles a NegotiateProtocolVersion: the server supports only an older version than the one requested.
// Servers send the whole version, or only the minor one, as the manual says.
func (l *login) negotiate(m *pgproto3.NegotiateProtocolVersion) error {
	cfg := l.c.cfg
	offered := ProtocolVersion(m.NewestMinorProtocol)
	if offered <= 0xffff {
		offered |= Protocol30
	}
	wrong := func(format string, args ...any) error {
		return &werr.ProtocolError{Message: 'v', State: loggingIn, Detail: fmt.Sprintf(format, args...)}
	}
	switch {
	case !l.phase.may(loginNegotiated):
		return l.unexpected(m)
	case len(m.UnrecognizedOptions) > 0:
		return wrong("the server refuses an option that was not sent")
	case offered < Protocol30, offered == 3<<16|1: // there is no version 3.1
		return wrong("the server offers version %v, which does not exist", offered)
	case offered >= cfg.MaxProtocolVersion:
		return wrong("the server offers version %v instead of %v", offered, cfg.MaxProtocolVersion)
	case offered < cfg.MinProtocolVersion:
		return &werr.ConfigError{Key: "min_protocol_version", Detail: fmt.Sprintf(
			"%v is required, and the server supports at most %v", cfg.MinProtocolVersion, offered)}
	}
	l.move(loginNegotiated)
	return nil
}

// unexpected returns the error for a message that is not legal during the login.
func (l *login) unexpected(m pgproto3.BackendMessage) error {
	return &werr.ProtocolError{State: loggingIn, Detail: fmt.Sprintf("a message that is not legal here, %T", m)}
}
