package metrics

import (
	"sync/atomic"
	"time"

	vm "github.com/VictoriaMetrics/metrics"
)

// openConnections is the gauge's value.
var openConnections atomic.Int64

// Metrics of connections have no entity. Those without labels exist from the start, at zero.
var (
	_ = set.NewGauge(activeConnections, func() float64 { return float64(openConnections.Load()) })

	created    = newFamily(maxValues, counterBy(connectionsCreated, "transport"))
	failed     = newFamily(maxValues, pairBy(connectionsFailed, "phase", "error_category"))
	broken     = newFamily(maxValues, counterBy(protocolErrors, "message_type"))
	mechanisms = newFamily(maxValues, newMechanism)
)

// mechanism holds the handles of one authentication mechanism.
type mechanism struct {
	tried, succeeded *vm.Counter
	refused          *family[*vm.Counter] // by reason
	took             *vm.PrometheusHistogram
}

func newMechanism(name string) *mechanism {
	return &mechanism{
		tried:     set.GetOrCreateCounter(series(authentications, "mechanism", name)),
		succeeded: set.GetOrCreateCounter(series(authenticationsSuccessful, "mechanism", name)),
		refused:   newFamily(maxValues, counterBy(authenticationsFailed, "reason", "mechanism", name)),
		took:      set.GetOrCreatePrometheusHistogramExt(series(authDuration, "mechanism", name), msBounds),
	}
}

// counterBy returns a function that makes the counters of a family: with fixed labels, followed by one that varies.
func counterBy(name, label string, fixed ...string) func(string) *vm.Counter {
	return func(value string) *vm.Counter {
		pairs := append(fixed[:len(fixed):len(fixed)], label, value)
		return set.GetOrCreateCounter(series(name, pairs...))
	}
}

// pairBy returns a function that makes families of counters for two labels that vary.
func pairBy(name, first, second string, fixed ...string) func(string) *family[*vm.Counter] {
	return func(value string) *family[*vm.Counter] {
		pairs := append(fixed[:len(fixed):len(fixed)], first, value)
		return newFamily(maxValues, counterBy(name, second, pairs...))
	}
}

// ConnectionCreated counts a connection that has become usable. transport is tcp, unix or tls. Call ConnectionClosed
// once for each.
func ConnectionCreated(transport string) {
	created.get(transport).Inc()
	openConnections.Add(1)
}

// ConnectionClosed records that a connection counted by ConnectionCreated was closed.
func ConnectionClosed() { openConnections.Add(-1) }

// ConnectionFailed counts a connection that did not become usable, by the phase in which it failed and the category of
// its error. The phases are lookup, settings, dial (with the TLS handshake), peer, authentication and session.
func ConnectionFailed(phase, category string) { failed.get(phase).get(category).Inc() }

// Authentication counts a login that begins. trust, with which the server asks for nothing, counts as a mechanism.
func Authentication(mechanism string) { mechanisms.get(mechanism).tried.Inc() }

// AuthenticationSucceeded counts a login that the server accepted, and how long it took.
func AuthenticationSucceeded(mechanism string, d time.Duration) {
	m := mechanisms.get(mechanism)
	m.succeeded.Inc()
	m.took.Update(ms(d))
}

// AuthenticationFailed counts a login that failed, on either side, and how long it took. reason is one word, never text
// from the server.
func AuthenticationFailed(mechanism, reason string, d time.Duration) {
	m := mechanisms.get(mechanism)
	m.refused.get(reason).Inc()
	m.took.Update(ms(d))
}

// ProtocolError counts a message that was not allowed. messageType is its type byte as text, or a placeholder if that
// is unknown.
func ProtocolError(messageType string) { broken.get(messageType).Inc() }
