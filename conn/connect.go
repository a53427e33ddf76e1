package conn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// Connect connects to the server that dsn names, a URI or a list of key=value, with what the PG* environment, a service
// file and a password file add: libpq's meaning ("Connection Strings"). The empty string is the environment alone.
func Connect(ctx context.Context, dsn string) (*Conn, error) {
	cfg, err := ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return ConnectConfig(ctx, cfg)
}

// ConnectConfig connects as cfg says; it works on a copy. The hosts are tried in order until one lets us in. The error is
// a *errors.ConfigError for what cannot be right, else a *errors.ConnectError with one error per attempt.
func ConnectConfig(ctx context.Context, cfg *Config) (*Conn, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	var attempts []error
	for _, want := range cfg.TargetSessionAttrs.passes() {
		attempts = attempts[:0]
		for _, h := range cfg.hostsInOrder() {
			c, errs, last := connectHost(ctx, cfg, h, want)
			if c != nil {
				return c, nil
			}
			if attempts = append(attempts, errs...); last || ctx.Err() != nil {
				return nil, &werr.ConnectError{Attempts: attempts}
			}
		}
	}
	return nil, &werr.ConnectError{Attempts: attempts}
}

// connectHost tries all addresses of a host. last says that no other host is to be tried: this one answered, and refused.
func connectHost(ctx context.Context, cfg *Config, h Host, want TargetSessionAttrs) (c *Conn, errs []error, last bool) {
	bounded, stop := cfg.boundConnect(ctx)
	addresses, err := cfg.addresses(bounded, h)
	if err != nil {
		err = overdue(bounded, err)
	}
	stop()
	if err != nil {
		wiremetrics.ConnectionFailed(phaseLookup, string(werr.CategoryOf(err)))
		return nil, []error{&werr.OpError{Op: h.String(), Err: err}}, false
	}
	for _, address := range addresses {
		c, err := connectAddress(ctx, cfg, h, address, want)
		if err == nil {
			return c, nil, false
		}
		where := h.String()
		if address != h.address() {
			where += " [" + address + "]"
		}
		errs = append(errs, &werr.OpError{Op: where, Err: err})
		if ctx.Err() != nil || refusedForGood(err) {
			return nil, errs, true
		}
	}
	return nil, errs, false
}

// connectAddress tries to log in at one address: encrypted, plain, or first the one and then the other, as sslmode says.
func connectAddress(ctx context.Context, cfg *Config, h Host, address string, want TargetSessionAttrs) (*Conn, error) {
	var errs []error
	for way, more := cfg.encryptions(h)[0], true; more; {
		c, used, phase, err := cfg.connectOnce(ctx, h, address, way, want)
		if err == nil {
			return c, nil
		}
		wiremetrics.ConnectionFailed(phase, string(werr.CategoryOf(err)))
		errs = append(errs, err)
		why, known := setbackOf(phase, err)
		if !known || ctx.Err() != nil {
			break
		}
		way, more = cfg.fallback(h, used, why)
	}
	if len(errs) == 1 {
		return nil, errs[0]
	}
	return nil, &werr.ConnectError{Attempts: errs}
}

// setbackOf says whether a failed attempt is one that another one with other encryption may follow.
func setbackOf(phase string, err error) (why setback, known bool) {
	var tlsError *werr.TLSError
	var refused *werr.ServerError
	switch {
	case errors.Is(err, errNotEncrypting):
		return sslRefused, true
	case errors.As(err, &tlsError) && phase == phaseDial:
		return handshakeFailed, true
	case errors.As(err, &refused) && phase == phaseAuthentication:
		return loginRefused, true
	}
	return 0, false
}

// The phases of a connect: labels of connections_failed_total.
const (
	phaseLookup         = "lookup"
	phaseSettings       = "settings"
	phaseDial           = "dial" // the TLS handshake included
	phasePeer           = "peer"
	phaseAuthentication = "authentication" // from the StartupMessage to AuthenticationOk
	phaseSession        = "session"        // from there to ReadyForQuery, and what target_session_attrs asks
)

// connectOnce makes one attempt, bounded by the connect timeout. With an error it says in which phase it failed, and used is
// the encryption that it came to: plaintext also where the server has refused to encrypt.
func (c *Config) connectOnce(ctx context.Context, h Host, address string, way encryption, want TargetSessionAttrs) (
	conn *Conn, used encryption, phase string, err error) {
	ctx, stop := c.boundConnect(ctx)
	defer stop()
	at := endpoint{host: h, network: h.network(), address: address, way: way}
	if way != plaintext {
		if at.tls, err = c.tlsFor(h); err != nil {
			return nil, way, phaseSettings, err
		}
		_, at.plainIfRefused = c.fallback(h, way, sslRefused)
	}
	nc, err := at.dial(ctx, c)
	if err != nil {
		return nil, way, phaseDial, overdue(ctx, err)
	}
	conn = newConn(c, at, nc)
	if err := c.checkPeer(h, nc.sock); err != nil {
		conn.link.close()
		return nil, way, phasePeer, err
	}
	if phase, err := conn.login(ctx, want); err != nil {
		conn.link.close()
		return nil, conn.at.way, phase, overdue(ctx, err)
	}
	wiremetrics.ConnectionCreated(conn.transport())
	return conn, conn.at.way, "", nil
}

func newConn(cfg *Config, at endpoint, nc dialled) *Conn {
	c := &Conn{cfg: cfg, logger: cfg.Logger, at: at, link: newLink(nc)}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	if !nc.encrypted() {
		c.at.way, c.at.tls = plaintext, nil
	}
	c.at.plainIfRefused = false // from here on the way is settled
	c.reader = protocol.NewReader(c.link, protocol.Limits{Row: cfg.MaxRowSize, Message: cfg.MaxMessageSize})
	return c
}

// transport is the label of connections_created_total.
func (c *Conn) transport() string {
	switch {
	case c.at.way != plaintext:
		return "tls"
	case c.at.network == "unix":
		return "unix"
	}
	return "tcp"
}

// boundConnect bounds one attempt. The cause of its end is a *errors.TimeoutError.
func (c *Config) boundConnect(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.ConnectTimeout <= 0 {
		return context.WithCancel(ctx)
	}
	late := &werr.TimeoutError{Phase: "connect", After: c.ConnectTimeout}
	return context.WithDeadlineCause(ctx, time.Now().Add(c.ConnectTimeout), late)
}

// overdue is err, or why its attempt was given up.
func overdue(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	var late *werr.TimeoutError
	if errors.As(context.Cause(ctx), &late) {
		return late
	}
	return werr.FromContext(ctx)
}

// refusedForGood says that a server has answered and does not want us: the other hosts of the list are not asked, as they
// would be where a server cannot be reached ("Specifying Multiple Hosts"). One that is starting up or full does not count.
func refusedForGood(err error) bool {
	var refused *werr.ServerError
	var auth *werr.AuthenticationError
	if errors.As(err, &refused) {
		return refused.Code != "57P03" && refused.Code != "53300"
	}
	return errors.As(err, &auth)
}

// errSession is a server that does not fit target_session_attrs.
func errSession(want TargetSessionAttrs) error {
	return fmt.Errorf("the server is not what target_session_attrs=%v asks for", want)
}
