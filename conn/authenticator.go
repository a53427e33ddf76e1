package conn

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// The mechanisms a login can use, as metrics and errors name them.
const (
	mechanismTrust     = "trust"
	mechanismPassword  = "password"
	mechanismMD5       = "md5"
	mechanismScram     = "scram-sha-256"
	mechanismScramPlus = "scram-sha-256-plus"
)

// authSettings is what a login depends on.
type authSettings struct {
	user string
	// password is called at most once, and only when the server asks for one. It must keep to its context.
	password func(context.Context) (string, error)
	// encrypted says that the connection is under TLS.
	encrypted bool
	// bindingData is what endPointBinding gave; nil where there is none.
	bindingData    []byte
	channelBinding ChannelBinding
	requireAuth    requireAuth
	// maxIterations bounds the work a server may ask for with SCRAM; 0: maxScramIterations.
	maxIterations int
	// nonce replaces the random nonce of SCRAM in tests.
	nonce func() string
}

// authState is what the authenticator waits for.
type authState uint8

const (
	authAwaitsRequest   authState = iota // the first message: a request, or AuthenticationOk
	authAwaitsOk                         // a password was sent
	authAwaitsChallenge                  // the first message of SCRAM was sent
	authAwaitsSignature                  // the proof of SCRAM was sent
	authAwaitsProvenOk                   // the server has proven that it knows the password
	authDone
	authFailed
)

// authenticator answers the server's Authentication messages: bytes in, bytes out, no sockets. It is for one login and
// one goroutine.
//
// A password goes out in clear text when the server asks for it, on any transport, as with libpq: what forbids it is
// require_auth, what rules out a transport that others can read is sslmode. SCRAM is mutual: AuthenticationOk counts
// only after the server has proven that it knows the password.
type authenticator struct {
	settings authSettings
	state    authState
	used     string // the mechanism, once it is known
	scram    *scramExchange
	err      error // what ended the login
}

func newAuthenticator(s authSettings) *authenticator { return &authenticator{settings: s} }

// done says that the server has let the client in, by a way that the settings allow.
func (a *authenticator) done() bool { return a.state == authDone }

// mechanism is the way of the login, known from the server's first message on; "" before.
func (a *authenticator) mechanism() string { return a.used }

// step takes the server's next Authentication message, and returns the message to send, if there is one. After an
// error, with which nothing is to be sent, the login is over: each further step gives the same error.
//
// An error is a *errors.AuthenticationError, a *errors.ProtocolError, a *errors.ConfigError for a password that cannot
// be sent, or the context's error. None holds the password.
func (a *authenticator) step(ctx context.Context, m pgproto3.BackendMessage) ([]byte, error) {
	if a.err != nil {
		return nil, a.err
	}
	reply, err := a.answer(ctx, m)
	if err != nil {
		a.state, a.err, a.scram = authFailed, err, nil
		return nil, err
	}
	return reply, nil
}

func (a *authenticator) answer(ctx context.Context, m pgproto3.BackendMessage) ([]byte, error) {
	switch m := m.(type) {
	case *pgproto3.AuthenticationOk:
		return nil, a.ok()
	case *pgproto3.AuthenticationSASLContinue:
		return a.challenge(ctx, m.Data)
	case *pgproto3.AuthenticationSASLFinal:
		return nil, a.signature(m.Data)
	}
	if a.state != authAwaitsRequest {
		return nil, outOfOrder("a second request after one was answered")
	}
	switch m := m.(type) {
	case *pgproto3.AuthenticationCleartextPassword:
		return a.sendPassword(ctx, mechanismPassword, authPassword, func(password string) string { return password })
	case *pgproto3.AuthenticationMD5Password:
		hash := func(password string) string { return md5Password(a.settings.user, password, m.Salt) }
		return a.sendPassword(ctx, mechanismMD5, authMD5, hash)
	case *pgproto3.AuthenticationSASL:
		return a.startScram(ctx, m.AuthMechanisms)
	case *pgproto3.AuthenticationGSS, *pgproto3.AuthenticationGSSContinue:
		return nil, a.foreign("GSSAPI", "gss")
	case *protocol.AuthenticationForeign:
		return nil, a.foreign(m.Method(), strings.ToLower(m.Method()))
	}
	return nil, outOfOrder(fmt.Sprintf("%T is no part of a login", m))
}

// ok: the server says that the login is complete.
func (a *authenticator) ok() error {
	switch a.state {
	case authAwaitsRequest:
		a.used = mechanismTrust
		if err := a.permit(authNone); err != nil {
			return err
		}
	case authAwaitsChallenge, authAwaitsSignature:
		return a.fail("the server ended the login before it had proven that it knows the password; " +
			"do not trust this server")
	case authAwaitsOk, authAwaitsProvenOk:
	default:
		return outOfOrder("a second AuthenticationOk")
	}
	a.state, a.scram = authDone, nil
	return nil
}

// sendPassword answers a request for the password as it is, or hashed.
func (a *authenticator) sendPassword(
	ctx context.Context, mechanism string, m authMethod, form func(string) string,
) ([]byte, error) {
	a.used = mechanism
	if err := a.permit(m); err != nil {
		return nil, err
	}
	password, err := a.password(ctx)
	if err != nil {
		return nil, err
	}
	a.state = authAwaitsOk
	return protocol.AppendPassword(nil, form(password))
}

// permit says whether the settings let the server use m. SCRAM looks at channel_binding by itself.
func (a *authenticator) permit(m authMethod) error {
	switch {
	case !a.settings.requireAuth.allows(m):
		what := "the server asks for it"
		if m == authNone {
			what = "the server asks for no authentication"
		}
		return a.fail(fmt.Sprintf("%s, and require_auth=%s does not allow that", what, a.settings.requireAuth.text))
	case m != authScram && a.settings.channelBinding == ChannelBindingRequire:
		return a.fail("channel_binding=require needs SCRAM-SHA-256-PLUS, and the server uses another method")
	}
	return nil
}

// password asks for the password. Nothing has been sent in this login that depends on it.
func (a *authenticator) password(ctx context.Context) (string, error) {
	var password string
	var err error
	if a.settings.password != nil {
		password, err = a.settings.password(ctx)
	}
	switch {
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

// foreign refuses a method that this library does not have.
func (a *authenticator) foreign(method, mechanism string) error {
	a.used = mechanism
	return a.fail("the server asks for " + method + ", which is not supported; " +
		"let pg_hba.conf use scram-sha-256 for this user and address")
}

func (a *authenticator) fail(detail string) error {
	return &werr.AuthenticationError{Mechanism: a.used, Detail: detail}
}

// outOfOrder is an Authentication message that is not legal at this moment.
func outOfOrder(detail string) error {
	return &werr.ProtocolError{Message: 'R', State: "authenticating", Detail: detail}
}
