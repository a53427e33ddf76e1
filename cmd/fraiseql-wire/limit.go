package main

import (
	"context"
	"fmt"
	"time"
)

// limit is how --timeout divides the time of a run. At stop the run's context ends. What is left until end belongs to the
// cancel of a query under way, to output that has begun, and to the goodbye. Zero times: no limit.
type limit struct{ stop, end time.Time }

// maxCancelTime is the most that is kept for the end of a run that is out of time.
const maxCancelTime = 500 * time.Millisecond

// limitOf divides timeout, which is positive: an eighth of it, at most maxCancelTime, is kept for the end.
func limitOf(began time.Time, timeout time.Duration) limit {
	end := began.Add(timeout)
	return limit{stop: end.Add(-min(timeout/8, maxCancelTime)), end: end}
}

// cancelTimeout is a value for Config.CancelTimeout, of which the connection string may have set one already; 0 means the
// library's default.
func (l limit) cancelTimeout(configured time.Duration) time.Duration {
	if l.end.IsZero() {
		return configured
	}
	kept := l.end.Sub(l.stop)
	if configured > 0 {
		return min(configured, kept)
	}
	return kept
}

// until is the time that something may take which begins at now, and may take d when there is no limit.
func (l limit) until(now time.Time, d time.Duration) time.Duration {
	if l.end.IsZero() {
		return d
	}
	return min(d, l.end.Sub(now))
}

// timeoutError is the end of --timeout.
type timeoutError struct{ error }

// withTimeout bounds a whole run, which begins now; 0 is no bound.
func withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc, limit, error) {
	switch {
	case timeout < 0:
		return nil, nil, limit{}, usageError{fmt.Errorf("--timeout %v: want a positive duration, or 0 for none", timeout)}
	case timeout == 0:
		return ctx, func() {}, limit{}, nil
	}
	l := limitOf(time.Now(), timeout)
	late := timeoutError{fmt.Errorf("stopped after %v, as --timeout says; a query under way was cancelled on the server", timeout)}
	ctx, stop := context.WithDeadlineCause(ctx, l.stop, late)
	return ctx, stop, l, nil
}
