package pool

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/sony/gobreaker/v2"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// breaker rejects new connections for a while after several failures in a row. gobreaker counts the failures and lets
// the probe through. Because its timeout is fixed, there is a new gobreaker for each time the breaker opens, which a
// first failure opens.
type breaker struct {
	settings Breaker
	metrics  *wiremetrics.Pool
	failing  atomic.Bool // something has failed since the last success, so a success must be reported

	mu       sync.Mutex
	circuit  *gobreaker.TwoStepCircuitBreaker[struct{}]
	state    BreakerState // as last seen
	openings *backoff.ExponentialBackOff
	until    time.Time // end of the current or last open period
	cause    error     // what opened the breaker
}

// BreakerState is the state of a pool's breaker.
type BreakerState uint8

// The states of a breaker.
const (
	BreakerClosed   BreakerState = iota // new connections are made
	BreakerOpen                         // new connections are rejected
	BreakerHalfOpen                     // one connection is tried, others are rejected
)

// String returns closed, open or half-open.
func (s BreakerState) String() string {
	switch s {
	case BreakerClosed:
		return "closed"
	case BreakerOpen:
		return "open"
	case BreakerHalfOpen:
		return "half-open"
	}
	return "unknown"
}

// newBreaker returns a closed breaker, or nil if the settings turn it off; a nil breaker lets everything through.
func newBreaker(settings Breaker, metrics *wiremetrics.Pool) *breaker {
	if settings.Failures < 0 {
		return nil
	}
	b := &breaker{
		settings: settings, metrics: metrics,
		openings: &backoff.ExponentialBackOff{
			InitialInterval: settings.MinOpen, MaxInterval: settings.MaxOpen, Multiplier: 2,
		},
	}
	b.circuit = b.newCircuit(uint32(settings.Failures), settings.MinOpen)
	return b
}

func (b *breaker) newCircuit(failures uint32, open time.Duration) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      open,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
		IsExcluded:   func(err error) bool { return outcomeOf(err) == neutral },
		IsSuccessful: func(err error) bool { return outcomeOf(err) == success },
	})
}

// admit asks for permission to connect. done must be called with the result of the connect.
func (b *breaker) admit() (done func(error), err error) {
	if b == nil {
		return func(error) {}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	circuit := b.circuit
	report, err := circuit.Allow()
	b.observe(nil)
	if err != nil {
		return nil, &werr.CircuitOpenError{RetryAfter: max(0, time.Until(b.until)), Err: b.cause}
	}
	return func(err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		report(err)
		if circuit == b.circuit {
			b.observe(err)
		}
	}, nil
}

// lost counts a connection that was lost during the first answer of a query.
func (b *breaker) lost(err error) {
	if b == nil {
		return
	}
	if done, refused := b.admit(); refused == nil {
		done(err)
	}
}

// answered records that a query was answered, which ends a series of failures. If new connections are already rejected,
// it has no effect: then the probe decides.
func (b *breaker) answered() {
	if b == nil || !b.failing.Load() {
		return
	}
	if b.now() == BreakerClosed {
		if done, refused := b.admit(); refused == nil {
			done(nil)
		}
	}
}

// observe reacts to a change of the circuit's state. err is the result that may have caused it. The caller holds b.mu.
func (b *breaker) observe(err error) {
	now := stateOf(b.circuit.State())
	b.failing.Store(now == BreakerClosed && b.circuit.Counts().ConsecutiveFailures > 0)
	switch {
	case now == BreakerOpen && err != nil:
		b.open(err)
	case now == BreakerClosed && b.state != BreakerClosed:
		b.openings.Reset()
		b.circuit = b.newCircuit(uint32(b.settings.Failures), b.settings.MinOpen)
	}
	if now != b.state {
		b.state = now
		b.metrics.BreakerChanged(now.String())
	}
}

// open opens the breaker, for twice as long as the last time unless it was closed in between. The caller holds b.mu.
func (b *breaker) open(cause error) {
	length := b.openings.NextBackOff()
	b.until, b.cause = time.Now().Add(length), cause
	b.circuit = b.newCircuit(1, length)
	if report, err := b.circuit.Allow(); err == nil {
		report(cause)
	}
}

// now returns the current state.
func (b *breaker) now() BreakerState {
	if b == nil {
		return BreakerClosed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return stateOf(b.circuit.State())
}

func stateOf(s gobreaker.State) BreakerState {
	switch s {
	case gobreaker.StateOpen:
		return BreakerOpen
	case gobreaker.StateHalfOpen:
		return BreakerHalfOpen
	}
	return BreakerClosed
}
