package pool

import (
	"context"
	"errors"
	"fmt"

	"github.com/cenkalti/backoff/v5"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// worthRetry reports whether the pool tries again after err. It does not after an error of the pool itself, such as a
// timeout or an open breaker, and not after the end of the caller's context.
func (p *Pool) worthRetry(ctx context.Context, err error) bool {
	if p.cfg.Retry.Attempts <= 1 || err == nil || ctx.Err() != nil {
		return false
	}
	var open *werr.CircuitOpenError
	var full *werr.PoolTimeoutError
	if errors.As(err, &open) || errors.As(err, &full) || errors.Is(err, werr.ErrPoolClosed) {
		return false
	}
	return werr.SafeToRetry(err)
}

// again makes the attempts after the first one, which failed with err. It holds no connection in between.
func (p *Pool) again(q request, err error) (*stream.Stream, error) {
	first := true
	attempt := func() (*stream.Stream, error) {
		if first { // the delay comes before the second attempt
			first = false
			return nil, err
		}
		var s *stream.Stream
		if s, err = p.attempt(q); err != nil && !p.worthRetry(q.ctx, err) {
			return nil, backoff.Permanent(err)
		}
		return s, err
	}
	rest, stop := p.untilClosed(q.ctx)
	defer stop(nil)
	s, last := backoff.Retry(rest, attempt,
		backoff.WithBackOff(p.cfg.Retry.delays()),
		backoff.WithMaxTries(uint(p.cfg.Retry.Attempts)),
		backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(p.retried))
	if last != nil && rest.Err() != nil && s == nil {
		// The delay was cut short: the error has the reason, and the error of the last attempt.
		return nil, &werr.OpError{Op: "query", Err: fmt.Errorf("%w; the last attempt failed with: %w", endOf(rest), err)}
	}
	return s, last
}

// delays returns the delays between attempts.
func (r Retry) delays() backoff.BackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval: r.MinDelay, MaxInterval: r.MaxDelay, Multiplier: 2, RandomizationFactor: 0.5,
	}
}

// untilClosed returns a context that ends with ctx, or with Close; then its cause is errors.ErrPoolClosed.
func (p *Pool) untilClosed(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, stop := context.WithCancelCause(ctx)
	detach := context.AfterFunc(p.closing, func() { stop(werr.ErrPoolClosed) })
	return ctx, func(cause error) {
		detach()
		stop(cause)
	}
}

// endOf returns why a context of untilClosed has ended.
func endOf(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), werr.ErrPoolClosed) {
		return werr.ErrPoolClosed
	}
	return werr.FromContext(ctx)
}
