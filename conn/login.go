package conn

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/auth"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// login is the start-up of a connection ("Start-up"): who we are, the proof of it, and what the server tells of the
// session.
type login struct {
	c       *Conn
	ctx     context.Context
	auth    *auth.Authenticator
	began   time.Time
	counted string // the mechanism that the metrics were told of
	keyed   bool   // BackendKeyData has come
	asking  bool   // a statement of our own is under way: rows are legal

	negotiated bool // NegotiateProtocolVersion has come
}

// loggingIn is the state in a ProtocolError of the login.
const loggingIn = "logging in"

// login logs in, and leaves the connection idle. With an error it says in which phase it failed.
func (c *Conn) login(ctx context.Context, want TargetSessionAttrs) (phase string, err error) {
	var w watch
	w.begin(ctx, c.link, c.link.Begin())
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
	if err := c.fits(want); err != nil {
		return phaseSession, err
	}
	if err := werr.FromContext(ctx); err != nil {
		return phaseSession, err
	}
	c.link.End()
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

// settings are what the authenticator works with.
func (l *login) settings() auth.Settings {
	cfg := l.c.cfg
	s := auth.Settings{
		User:           cfg.User,
		Password:       l.password,
		ChannelBinding: auth.ChannelBinding(cfg.ChannelBinding),
		MaxIterations:  cfg.MaxSCRAMIterations,
	}
	s.RequireAuth, _ = auth.ParseRequireAuth(strings.Join(cfg.RequireAuth, ",")) // Validate has passed
	if nc := l.c.link.TLS(); nc != nil {
		s.Encrypted, s.BindingData = true, auth.EndPointBinding(nc.ConnectionState())
	}
	return s
}

// password is what the configuration or the password file has for this host. From now on the server's texts are
// searched for it.
func (l *login) password(ctx context.Context) (string, error) {
	password, err := l.c.cfg.passwordFor(ctx, l.c.at.host)
	l.c.told = append(l.c.told, password)
	return password, err
}

// authenticate answers the server until it lets us in.
func (l *login) authenticate() error {
	before := l.c.told
	defer func() {
		if l.auth.Mechanism() != auth.MechanismPassword {
			l.c.told = before // this server has never seen the password
		}
	}()
	for !l.auth.Done() {
		m, err := l.next()
		if err != nil {
			return err
		}
		if v, ok := m.(*pgproto3.NegotiateProtocolVersion); ok {
			if err := l.negotiate(v); err != nil {
				return err
			}
			continue
		}
		if _, ok := m.(pgproto3.AuthenticationResponseMessage); !ok {
			return l.unexpected(m)
		}
		reply, err := l.auth.Step(l.ctx, m)
		l.count()
		if err != nil {
			return err
		}
		if reply != nil {
			if err := l.write(reply); err != nil {
				return err
			}
		}
	}
	wiremetrics.AuthenticationSucceeded(l.auth.Mechanism(), time.Since(l.began))
	return nil
}

// session takes in what the server tells until it is ready.
func (l *login) session() error {
	for {
		m, err := l.next()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.BackendKeyData:
			if l.keyed {
				return l.unexpected(m)
			}
			l.keyed = true
			l.c.pid, l.c.key = m.ProcessID, m.SecretKey
		case *pgproto3.ReadyForQuery:
			return (&result{}).checkStatus(m)
		default:
			return l.unexpected(m)
		}
	}
}

// next is the next message that is not asynchronous. What the server reports is an error here.
func (l *login) next() (pgproto3.BackendMessage, error) {
	for {
		typ, body, err := l.frame()
		if err != nil {
			return nil, err
		}
		if typ == 'D' && l.asking {
			return decodeRow(body)
		}
		m, err := l.c.decoder.Decode(typ, body)
		if err != nil {
			return nil, err
		}
		if refused, ok := m.(*pgproto3.ErrorResponse); ok {
			return nil, l.refusal(refused)
		}
		if _, notice := m.(*pgproto3.NoticeResponse); !notice && !l.asking && !l.auth.Done() {
			return m, nil // nothing else may come unasked before the login
		}
		if done, err := l.c.asynchronous(m); !done || err != nil {
			return m, err
		}
	}
}

// frame is the next message as it came.
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

// refusal is what the server reports instead of letting us in.
func (l *login) refusal(m *pgproto3.ErrorResponse) error {
	e := l.c.serverError(m)
	if strings.Contains(e.Message, "startup parameter") {
		return fmt.Errorf("%w; a PgBouncer in between takes a run-time parameter only if it is listed in "+
			"its ignore_startup_parameters", e)
	}
	return e
}

// negotiate is a server of an older protocol, or one that does not know an option that we have not sent
// ("NegotiateProtocolVersion"). Servers send the whole version, or as the manual has it the minor one alone.
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
	case l.negotiated, l.auth.Mechanism() != "":
		return l.unexpected(m)
	case len(m.UnrecognizedOptions) > 0:
		return wrong("the server refuses an option that was not sent")
	case offered < Protocol30, offered == 3<<16|1: // 3.1 has never been a version
		return wrong("the server offers version %v, which is none", offered)
	case offered >= cfg.MaxProtocolVersion:
		return wrong("the server offers version %v instead of %v", offered, cfg.MaxProtocolVersion)
	case offered < cfg.MinProtocolVersion:
		return &werr.ConfigError{Key: "min_protocol_version", Detail: fmt.Sprintf(
			"%v was asked for, the server speaks %v at most", cfg.MinProtocolVersion, offered)}
	}
	l.negotiated = true
	return nil
}

func (l *login) write(message []byte) error {
	if _, err := l.c.link.Write(message); err != nil {
		return &werr.OpError{Op: "write", Err: err}
	}
	return nil
}

// unexpected is a message that is not legal during the login.
func (l *login) unexpected(m pgproto3.BackendMessage) error {
	return &werr.ProtocolError{State: loggingIn, Detail: fmt.Sprintf("a message that is not legal here, %T", m)}
}

// count tells the metrics of the attempt once its mechanism is known.
func (l *login) count() {
	if m := l.auth.Mechanism(); m != "" && l.counted == "" {
		l.counted = m
		wiremetrics.Authentication(m)
	}
}

func (l *login) recordFailure(err error) {
	if l.counted == "" {
		return // the server refused before it asked for anything
	}
	reason := string(werr.CategoryOf(err))
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		reason = refused.Code
	}
	wiremetrics.AuthenticationFailed(l.counted, reason, time.Since(l.began))
}
