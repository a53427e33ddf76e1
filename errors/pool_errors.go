package errors

import (
	"errors"
	"fmt"
	"time"
)

// ErrPoolClosed is returned for a query on a pool that was closed. No part of the query was sent.
var ErrPoolClosed = errors.New("fraiseql: pool closed")

// CircuitOpenError means that a query needed a new connection while the breaker of its pool was open. No part of it was
// sent. Err is the failure that opened the breaker.
type CircuitOpenError struct {
	RetryAfter time.Duration // until the next attempt to connect; 0: one is in progress
	Err        error
}

// Error says what opened the breaker, and when to try again.
func (e *CircuitOpenError) Error() string {
	return printable(fmt.Sprintf("%sno new connection is tried for another %v, after consecutive failures; the last: %s",
		prefix, e.RetryAfter.Round(time.Millisecond), inner(e.Err)))
}

// Unwrap returns the failure that opened the breaker.
func (e *CircuitOpenError) Unwrap() error { return e.Err }

// PoolTimeoutError means that no connection came free for a query within the pool's AcquireTimeout. No part of it was
// sent.
type PoolTimeoutError struct {
	Waited     time.Duration
	InUse, Max int // connections lent out, and the most that there may be
}

// Error shows the time and both numbers.
func (e *PoolTimeoutError) Error() string {
	return fmt.Sprintf("%sno connection came free within %v: %d of %d are in use; close streams earlier, or raise MaxConns",
		prefix, e.Waited.Round(time.Millisecond), e.InUse, e.Max)
}

// Timeout is true, as for a net.Error that is a timeout.
func (e *PoolTimeoutError) Timeout() bool { return true }
