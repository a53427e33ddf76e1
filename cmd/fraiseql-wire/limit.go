package main

import (
	"context"
	"fmt"
	"time"
)

// limit divides the time of a run as --timeout requires. The run's context ends at stop. The time between stop and end
// is kept for cancelling a query that is still running, for output that has begun, and for closing the connection. The
// zero value means that there is no limit.
type limit struct{ stop, end time.Time }

// maxCancelTime is the longest time between stop and end.
const maxCancelTime = 500 * time.Millisecond

// limitOf returns the limit of a run that began at began. The timeout must be positive; an eighth of it, but at most
// maxCancelTime, lies between stop and end.
func limitOf(began time.Time, timeout time.Duration) limit {
	end := began.Add(timeout)
	return limit{stop: end.Add(-min(timeout/8, maxCancelTime)), end: end}
}

// cancelTimeout returns the value for Config.CancelTimeout, where configured is what the connection string has set. As
// there, 0 means the library's default.
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

// until returns how long something that begins at now may take: d, or the time that is left until end if that is less.
func (l limit) until(now time.Time, d time.Duration) time.Duration {
	if l.end.IsZero() {
		return d
	}
	return min(d, l.end.Sub(now))
}

// timeoutError is the error of a run that was ended by --timeout.
type timeoutError struct{ error }

// withTimeout returns the context and the limit of a run that begins now. A timeout of 0 means no limit.
func withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc, limit, error) {
	switch {
	case timeout < 0:
		return nil, nil, limit{}, usageError{fmt.Errorf("--timeout %v: want a positive duration, or 0 for none", timeout)}
	case timeout == 0:
		return ctx, func() {}, limit{}, nil
	}
	l := limitOf(time.Now(), timeout)
	late := timeoutError{fmt.Errorf("stopped after %v because of --timeout; a running query was cancelled on the server", timeout)}
	ctx, stop := context.WithDeadlineCause(ctx, l.stop, late)
	return ctx, stop, l, nil
}
