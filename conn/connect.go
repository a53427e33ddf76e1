package conn

import (
	"context"
	"errors"
	"fmt"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
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

// ConnectConfig connects as cfg says; it works on a copy. The hosts are tried in order until a login succeeds. The error
// is a *errors.ConfigError for what cannot be right, else a *errors.ConnectError with one error per attempt.
func ConnectConfig(ctx context.Context, cfg *Config) (*Conn, error) {
	cfg, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	k := &connector{cfg: cfg}
	var attempts []error
	for _, k.want = range cfg.TargetSessionAttrs.passes() {
		attempts = attempts[:0]
		for _, h := range cfg.hostsInOrder() {
			c, errs, last := k.tracedHost(ctx, h)
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

// connector makes attempts, one after the other, until a login succeeds.
type connector struct {
	cfg  *Config
	want TargetSessionAttrs // in the present pass over the hosts
	// sentPasswords were sent to servers in clear text: another server of the list may say them back.
	sentPasswords []string
}

// host tries all addresses of a host. last reports that no other host is to be tried: this one has refused the login.
func (k *connector) host(ctx context.Context, h Host) (c *Conn, errs []error, last bool) {
	bounded, stop := k.cfg.boundConnect(ctx)
	addresses, err := k.cfg.addresses(bounded, h)
	if err != nil {
		err = attemptError(bounded, err)
	}
	stop()
	if err != nil {
		wiremetrics.ConnectionFailed(phaseLookup, string(werr.CategoryOf(err)))
		return nil, []error{&werr.OpError{Op: h.String(), Err: err}}, false
	}
	for _, address := range addresses {
		c, err := k.address(ctx, h, address)
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

// address tries to log in at one address: encrypted, plain, or first the one and then the other, as sslmode says.
func (k *connector) address(ctx context.Context, h Host, address string) (*Conn, error) {
	var errs []error
	for way, more := k.cfg.encryptions(h)[0], true; more; {
		c, used, phase, err := k.once(ctx, h, address, way)
		if err == nil {
			return c, nil
		}
		wiremetrics.ConnectionFailed(phase, attemptCategory(err))
		errs = append(errs, err)
		why, known := setbackOf(phase, err)
		if !known || ctx.Err() != nil {
			break
		}
		way, more = k.cfg.fallback(h, used, why)
	}
	if len(errs) == 1 {
		return nil, errs[0]
	}
	return nil, &werr.ConnectError{Attempts: errs}
}

// attemptCategory is the category of a failed attempt. A server that refuses the login is told from one that refuses a query
// by the ConnectError around it, which an attempt does not have yet.
func attemptCategory(err error) string {
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		err = &werr.ConnectError{Attempts: []error{err}}
	}
	return string(werr.CategoryOf(err))
}

// setbackOf classifies the error of an attempt. known is false if no attempt with other encryption may follow.
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

// boundConnect bounds one attempt. The cause of its end is a *errors.TimeoutError.
func (c *Config) boundConnect(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.ConnectTimeout <= 0 {
		return context.WithCancel(ctx)
	}
	late := &werr.TimeoutError{Phase: "connect", After: c.ConnectTimeout}
	return context.WithDeadlineCause(ctx, time.Now().Add(c.ConnectTimeout), late)
}

// attemptError returns err, or why the attempt was given up if its context has ended.
func attemptError(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	var late *werr.TimeoutError
	if errors.As(context.Cause(ctx), &late) {
		return late
	}
	return werr.FromContext(ctx)
}

// refusedForGood reports whether a server has answered and refused the login. The other hosts of the list are then not
// asked, as they would be if it could not be reached ("Specifying Multiple Hosts"). A server that is starting up or full
// does not count.
func refusedForGood(err error) bool {
	var refused *werr.ServerError
	var auth *werr.AuthenticationError
	if errors.As(err, &refused) {
		return refused.Code != "57P03" && refused.Code != "53300"
	}
	return errors.As(err, &auth)
}

// errSessionAttrs is the error of a server that target_session_attrs rules out.
func errSessionAttrs(want TargetSessionAttrs) error {
	return fmt.Errorf("the server is not what target_session_attrs=%v asks for", want)
}
