package conn

import (
	"context"
	"errors"
	"fmt"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// Connect connects to the server described by dsn, a URI or a list of key=value pairs, completed by the PG*
// environment variables, a service file and a password file, as in libpq ("Connection Strings"). With an empty dsn,
// only the latter are used.
func Connect(ctx context.Context, dsn string) (*Conn, error) {
	cfg, err := ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return ConnectConfig(ctx, cfg)
}

// ConnectConfig connects as described by a copy of cfg. The hosts are tried in order until a login succeeds. The
// error is a *errors.ConfigError if the configuration cannot be valid, else a *errors.ConnectError with one error per
// attempt.
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

// connector makes one attempt after the other until a login succeeds.
type connector struct {
	cfg  *Config
	want TargetSessionAttrs // in the present pass over the hosts
	// sentPasswords were sent to servers in clear text: another server of the list may repeat them.
	sentPasswords []string
}

// host tries all addresses of a host. It returns last as true if no other host may be tried, because this one has
// refused the login.
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

// address tries to log in at one address: encrypted, unencrypted, or first one and then the other, depending on
// sslmode.
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

// attemptCategory returns the category of a failed attempt. What distinguishes a server that refuses the login from
// one that refuses a query is the ConnectError around the error, which an attempt does not have yet.
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

// boundConnect returns a context that bounds one attempt. If the timeout ends it, its cause is a
// *errors.TimeoutError.
func (c *Config) boundConnect(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.ConnectTimeout <= 0 {
		return context.WithCancel(ctx)
	}
	late := &werr.TimeoutError{Phase: "connect", After: c.ConnectTimeout}
	return context.WithDeadlineCause(ctx, time.Now().Add(c.ConnectTimeout), late)
}

// attemptError returns err or, if the context has ended, why the attempt was given up.
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

// refusedForGood reports whether a server has answered and refused the login. Then the other hosts of the list are
// not tried, as they would be if the server could not be reached ("Specifying Multiple Hosts"). The refusal of a
// server that is starting up or has too many connections does not count.
func refusedForGood(err error) bool {
	var refused *werr.ServerError
	var auth *werr.AuthenticationError
	if errors.As(err, &refused) {
		return refused.Code != "57P03" && refused.Code != "53300"
	}
	return errors.As(err, &auth)
}

// errSessionAttrs returns the error for a server that target_session_attrs rules out.
func errSessionAttrs(want TargetSessionAttrs) error {
	return fmt.Errorf("the server is not what target_session_attrs=%v asks for", want)
}
