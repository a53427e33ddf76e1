// Package auth implements the client's side of a login: the answers to the server's Authentication messages, and the
// decision whether to trust the server. It does no I/O.
package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// The mechanisms that a login can use, by their names in metrics and errors.
const (
	MechanismTrust     = "trust"
	MechanismPassword  = "password"
	MechanismMD5       = "md5"
	MechanismScram     = "scram-sha-256"
	MechanismScramPlus = "scram-sha-256-plus"
)

// Settings are the settings of a login.
type Settings struct {
	User string
	// Password is called at most once, and only when the server asks for one. It must return when its context ends.
	Password func(context.Context) (string, error)
	// Encrypted reports that the connection uses TLS.
	Encrypted bool
	// BindingData is the result of EndPointBinding, which may be nil.
	BindingData    []byte
	ChannelBinding ChannelBinding
	RequireAuth    RequireAuth
	// MaxIterations is the most SCRAM iterations that a server may ask for; 0: DefaultMaxIterations.
	MaxIterations int
	// Keys caches the keys of SCRAM; nil: they are derived for each login.
	Keys *KeyCache
	// nonce replaces the random nonce of SCRAM in tests.
	nonce func() string
}

// NoPasswordError is the error of Settings.Password if there is no password for a known reason.
type NoPasswordError string

// Error returns the reason.
func (e NoPasswordError) Error() string { return string(e) }

// state is what the authenticator expects next.
type state uint8

const (
	awaitsRequest   state = iota // the first message: a request, or AuthenticationOk
	awaitsOk                     // a password was sent
	awaitsChallenge              // the first message of SCRAM was sent
	awaitsSignature              // the proof of SCRAM was sent
	awaitsProvenOk               // the server has proven that it knows the password
	done
	failed
)

// Authenticator answers the server's Authentication messages. It is for one login and one goroutine.
//
// As with libpq, a password is sent in clear text if the server asks for it, on any transport: require_auth can forbid
// that, and sslmode can rule out an unencrypted transport. SCRAM is mutual: AuthenticationOk is accepted only after the
// server has proven that it knows the password.
type Authenticator struct {
	settings Settings
	state    state
	used     string // the mechanism, once it is known
	scram    *scramExchange
	err      error // what ended the login
}

// New returns the authenticator of one login.
func New(s Settings) *Authenticator { return &Authenticator{settings: s} }

// Done reports whether the server has accepted the login, with a method that the settings allow.
func (a *Authenticator) Done() bool { return a.state == done }

// Mechanism returns the mechanism of the login, or "" before the server's first message.
func (a *Authenticator) Mechanism() string { return a.used }

// Step takes the server's next Authentication message, and returns the message to send, if there is one. After an error
// there is nothing to send and the login is over: each further step returns the same error.
//
// An error is a *errors.AuthenticationError, a *errors.ProtocolError, a *errors.ConfigError for a password that cannot
// be sent, or the context's error. None contains the password.
func (a *Authenticator) Step(ctx context.Context, m pgproto3.BackendMessage) ([]byte, error) {
	if a.err != nil {
		return nil, a.err
	}
	reply, err := a.answer(ctx, m)
	if err != nil {
		a.state, a.err, a.scram = failed, err, nil
		return nil, err
	}
	return reply, nil
}

func (a *Authenticator) answer(ctx context.Context, m pgproto3.BackendMessage) ([]byte, error) {
	switch m := m.(type) {
	case *pgproto3.AuthenticationOk:
		return nil, a.ok()
	case *pgproto3.AuthenticationSASLContinue:
		return a.challenge(ctx, m.Data)
	case *pgproto3.AuthenticationSASLFinal:
		return nil, a.signature(m.Data)
	}
	if a.state != awaitsRequest {
		return nil, outOfOrder("a second request after one was answered")
	}
	switch m := m.(type) {
	case *pgproto3.AuthenticationCleartextPassword:
		return a.sendPassword(ctx, MechanismPassword, methodPassword, func(password string) string { return password })
	case *pgproto3.AuthenticationMD5Password:
		hash := func(password string) string { return md5Password(a.settings.User, password, m.Salt) }
		return a.sendPassword(ctx, MechanismMD5, methodMD5, hash)
	case *pgproto3.AuthenticationSASL:
		return a.startScram(ctx, m.AuthMechanisms)
	case *pgproto3.AuthenticationGSS, *pgproto3.AuthenticationGSSContinue:
		return nil, a.foreign("GSSAPI", "gss")
	case *protocol.AuthenticationForeign:
		return nil, a.foreign(m.Method(), strings.ToLower(m.Method()))
	}
	return nil, outOfOrder(fmt.Sprintf("%T does not belong to a login", m))
}

// ok handles AuthenticationOk, which completes the login.
func (a *Authenticator) ok() error {
	switch a.state {
	case awaitsRequest:
		a.used = MechanismTrust
		if err := a.permit(methodNone); err != nil {
			return err
		}
	case awaitsChallenge, awaitsSignature:
		return a.fail("the server ended the login before it had proven that it knows the password; " +
			"do not trust this server")
	case awaitsOk, awaitsProvenOk:
	default:
		return outOfOrder("a second AuthenticationOk")
	}
	a.state, a.scram = done, nil
	return nil
}

// sendPassword answers a request for the password, in clear text or hashed.
func (a *Authenticator) sendPassword(
	ctx context.Context, mechanism string, m method, form func(string) string,
) ([]byte, error) {
	a.used = mechanism
	if err := a.permit(m); err != nil {
		return nil, err
	}
	password, err := a.password(ctx)
	if err != nil {
		return nil, err
	}
	a.state = awaitsOk
	return protocol.AppendPassword(nil, form(password))
}

// permit returns an error unless the settings let the server use m. SCRAM checks channel_binding itself.
func (a *Authenticator) permit(m method) error {
	switch {
	case !a.settings.RequireAuth.allows(m):
		what := "the server asks for it"
		if m == methodNone {
			what = "the server asks for no authentication"
		}
		return a.fail(fmt.Sprintf("%s, and require_auth=%s does not allow that", what, a.settings.RequireAuth.text))
	case m != methodScram && a.settings.ChannelBinding == BindingRequire:
		return a.fail("channel_binding=require needs SCRAM-SHA-256-PLUS, and the server uses another method")
	}
	return nil
}

// password gets the password. Nothing that depends on it has been sent yet in this login.
func (a *Authenticator) password(ctx context.Context) (string, error) {
	var password string
	var err error
	if a.settings.Password != nil {
		password, err = a.settings.Password(ctx)
	}
	var missing NoPasswordError
	switch {
	case errors.As(err, &missing):
		return "", a.fail("the server asks for a password, and there is none: " + missing.Error())
	case err != nil && ctx.Err() != nil:
		return "", werr.FromContext(ctx)
	case err != nil:
		return "", &werr.AuthenticationError{Mechanism: a.used, Detail: "PasswordFunc failed", Err: err}
	case password == "":
		return "", a.fail("the server asks for a password, and there is none; set one with password, PGPASSWORD, " +
			"passfile, Config.Password or PasswordFunc")
	case strings.IndexByte(password, 0) >= 0:
		return "", &werr.ConfigError{Key: "password", Detail: "the password holds a NUL byte, which PostgreSQL cannot take"}
	}
	return password, nil
}

// foreign refuses a method that this library does not support.
func (a *Authenticator) foreign(method, mechanism string) error {
	a.used = mechanism
	return a.fail("the server asks for " + method + ", which is not supported; " +
		"let pg_hba.conf use scram-sha-256 for this user and address")
}

func (a *Authenticator) fail(detail string) error {
	return &werr.AuthenticationError{Mechanism: a.used, Detail: detail}
}

// outOfOrder returns the error for an Authentication message that is not allowed at this point.
func outOfOrder(detail string) error {
	return &werr.ProtocolError{Message: 'R', State: "authenticating", Detail: detail}
}
