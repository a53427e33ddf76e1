package conn

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/auth"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// login is the start-up of a connection (manual, "Start-up"): it sends the user's name, authenticates, and stores
// what the server reports about the session.
type login struct {
	c     *Conn
	ctx   context.Context
	auth  *auth.Authenticator
	began time.Time
	phase loginPhase
}

// loggingIn is the state named in a ProtocolError of the login.
const loggingIn = "logging in"

// login logs in, and leaves the connection idle. If it fails, it returns the phase of the connect in which it failed.
func (c *Conn) login(ctx context.Context, want TargetSessionAttrs) (phase string, err error) {
	w := watch{link: c.link, turn: c.link.Begin()}
	w.begin(ctx)
	defer w.end()
	l := &login{c: c, ctx: ctx, began: time.Now()}
	l.auth = auth.New(l.settings())
	if err := l.startup(); err != nil {
		return phaseAuthentication, err
	}
	if err := l.authenticate(); err != nil {
		l.recordFailure(err)
		return phaseAuthentication, err
	}
	if err := l.session(); err != nil {
		return phaseSession, err
	}
	if err := l.checkSessionAttrs(want); err != nil {
		return phaseSession, err
	}
	c.shrink()
	c.link.End()
	if err := werr.FromContext(ctx); err != nil { // after End: nothing but the end of ctx can have closed the socket
		return phaseSession, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.move(Idle)
	return "", nil
}

// startup sends the StartupMessage.
func (l *login) startup() error {
	cfg := l.c.cfg
	parameters := maps.Clone(cfg.RuntimeParams)
	if parameters == nil {
		parameters = make(map[string]string)
	}
	parameters["user"], parameters["database"], parameters["client_encoding"] = cfg.User, cfg.Database, "UTF8"
	message, err := protocol.AppendStartup(l.c.out[:0], uint32(cfg.MaxProtocolVersion), parameters)
	if err != nil {
		return err
	}
	return l.write(message)
}

// settings returns the settings of the authenticator.
func (l *login) settings() auth.Settings {
	cfg := l.c.cfg
	s := auth.Settings{
		User:           cfg.User,
		Password:       l.password,
		ChannelBinding: auth.ChannelBinding(cfg.ChannelBinding),
		MaxIterations:  cfg.MaxSCRAMIterations,
		Keys:           cfg.scramKeys,
	}
	s.RequireAuth, _ = auth.ParseRequireAuth(strings.Join(cfg.RequireAuth, ",")) // checked by Validate
	if nc := l.c.link.TLS(); nc != nil {
		s.Encrypted, s.BindingData = true, auth.EndPointBinding(nc.ConnectionState())
	}
	return s
}

// password returns the password for this host from the configuration or the password file. From now on it is masked
// in texts from the server.
func (l *login) password(ctx context.Context) (string, error) {
	password, why, err := l.c.cfg.passwordFor(ctx, l.c.at.host)
	if password == "" && err == nil && why != "" {
		return "", auth.NoPasswordError(why)
	}
	l.c.sentPasswords = append(l.c.sentPasswords, password)
	return password, err
}

// authenticate answers the server until it accepts the login.
func (l *login) authenticate() error {
	before := l.c.sentPasswords
	defer func() {
		if l.auth.Mechanism() != auth.MechanismPassword {
			l.c.sentPasswords = before // the password was not sent in clear text
		}
	}()
	for l.phase < loginAuthenticated {
		m, err := l.next()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.NegotiateProtocolVersion:
			err = l.negotiate(m)
		case pgproto3.AuthenticationResponseMessage:
			err = l.answer(m)
		default:
			err = l.unexpected(m)
		}
		if err != nil {
			return err
		}
	}
	wiremetrics.AuthenticationSucceeded(l.auth.Mechanism(), time.Since(l.began))
	return nil
}

// answer performs one step of the authentication.
func (l *login) answer(m pgproto3.BackendMessage) error {
	reply, err := l.auth.Step(l.ctx, m)
	if mechanism := l.auth.Mechanism(); mechanism != "" && l.phase < loginAuthenticating {
		l.move(loginAuthenticating)
		wiremetrics.Authentication(mechanism)
	}
	if err != nil {
		return err
	}
	if l.auth.Done() {
		l.move(loginAuthenticated)
	}
	if reply == nil {
		return nil
	}
	return l.write(reply)
}

// session handles what the server reports until it is ready.
func (l *login) session() error {
	for l.phase < loginReady {
		m, err := l.next()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.BackendKeyData:
			if !l.phase.may(loginKeyed) {
				return l.unexpected(m)
			}
			l.move(loginKeyed)
			l.c.pid, l.c.key = m.ProcessID, m.SecretKey
		case *pgproto3.ReadyForQuery:
			if err := (&result{}).checkStatus(m); err != nil {
				return err
			}
			l.move(loginReady)
		default:
			return l.unexpected(m)
		}
	}
	return nil
}

func (l *login) write(message []byte) error {
	if _, err := l.c.link.Write(message); err != nil {
		return &werr.OpError{Op: "write", Err: err}
	}
	return nil
}

// recordFailure counts a login that failed after the server had requested a method.
func (l *login) recordFailure(err error) {
	if l.phase < loginAuthenticating {
		return // the server refused before it requested one
	}
	reason := string(werr.CategoryOf(err))
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		reason = refused.Code
	}
	wiremetrics.AuthenticationFailed(l.auth.Mechanism(), reason, time.Since(l.began))
}
