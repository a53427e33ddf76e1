package metrics

import (
	"sync"
	"time"

	vm "github.com/VictoriaMetrics/metrics"
)

// Destroyed is why a pool closed a connection.
type Destroyed string

// The reasons.
const (
	DestroyedOld    Destroyed = "old"    // past its lifetime
	DestroyedIdle   Destroyed = "idle"   // idle too long
	DestroyedBroken Destroyed = "broken" // lost, or its server no longer qualifies
	DestroyedReset  Destroyed = "reset"  // the pool was reset
	DestroyedClosed Destroyed = "closed" // the pool was closed
)

// NotAcquired is why a call got no connection.
type NotAcquired string

// The reasons.
const (
	NotAcquiredTimeout NotAcquired = "timeout" // the pool's AcquireTimeout has passed
	NotAcquiredBreaker NotAcquired = "breaker" // the breaker was open
	NotAcquiredConnect NotAcquired = "connect" // no connection could be made
	NotAcquiredContext NotAcquired = "context" // the caller's context has ended
	NotAcquiredClosed  NotAcquired = "closed"  // the pool was closed
)

// Pool holds the handles of the pools of one name. It is safe for concurrent use.
type Pool struct {
	created     *vm.Counter
	acquire     *vm.PrometheusHistogram
	notAcquired *family[*vm.Counter] // by reason
	destroyed   *family[*vm.Counter] // by reason
	retries     *family[*vm.Counter] // by category
	transitions *family[*vm.Counter] // by state

	mu    sync.Mutex
	pools map[*func() PoolGauges]func() PoolGauges
}

// PoolGauges holds the present state of one pool.
type PoolGauges struct {
	Idle, Acquired, Connecting int
	Max                        int
	Waiting                    int
	Breaker                    int // 0 closed, 1 open, 2 half-open
}

var pools = newFamily(maxValues, newPool)

// ForPool returns the handles of the pools of a name.
func ForPool(name string) *Pool { return pools.get(name) }

func newPool(name string) *Pool {
	p := &Pool{
		created:     set.GetOrCreateCounter(series(poolCreated, "pool", name)),
		acquire:     set.GetOrCreatePrometheusHistogramExt(series(poolAcquireDuration, "pool", name), msBounds),
		notAcquired: newFamily(maxValues, counterBy(poolAcquireFailed, "reason", "pool", name)),
		destroyed:   newFamily(maxValues, counterBy(poolDestroyed, "reason", "pool", name)),
		retries:     newFamily(maxValues, counterBy(poolRetries, "category", "pool", name)),
		transitions: newFamily(maxValues, counterBy(poolBreakerTransitions, "to", "pool", name)),
		pools:       make(map[*func() PoolGauges]func() PoolGauges),
	}
	gauge := func(name string, value func(PoolGauges) int, labels ...string) {
		set.NewGauge(series(name, labels...), func() float64 { return float64(value(p.sum())) })
	}
	gauge(poolConnections, func(g PoolGauges) int { return g.Idle }, "pool", name, "state", "idle")
	gauge(poolConnections, func(g PoolGauges) int { return g.Acquired }, "pool", name, "state", "acquired")
	gauge(poolConnections, func(g PoolGauges) int { return g.Connecting }, "pool", name, "state", "connecting")
	gauge(poolMax, func(g PoolGauges) int { return g.Max }, "pool", name)
	gauge(poolWaiting, func(g PoolGauges) int { return g.Waiting }, "pool", name)
	gauge(poolBreakerState, func(g PoolGauges) int { return g.Breaker }, "pool", name)
	return p
}

// Attach includes a pool in the gauges until detach is called. look is called for every page.
func (p *Pool) Attach(look func() PoolGauges) (detach func()) {
	key := &look
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pools[key] = look
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.pools, key)
	}
}

// sum returns the sums over the pools of the name; for their breakers it returns the largest number.
func (p *Pool) sum() PoolGauges {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all PoolGauges
	for _, look := range p.pools {
		g := look()
		all.Idle += g.Idle
		all.Acquired += g.Acquired
		all.Connecting += g.Connecting
		all.Max += g.Max
		all.Waiting += g.Waiting
		all.Breaker = max(all.Breaker, g.Breaker)
	}
	return all
}

// Created counts a connection that was opened.
func (p *Pool) Created() { p.created.Inc() }

// Destroyed counts a connection that was closed.
func (p *Pool) Destroyed(reason Destroyed) { p.destroyed.get(string(reason)).Inc() }

// Acquired counts a connection that was lent out, and how long that took.
func (p *Pool) Acquired(took time.Duration) { p.acquire.Update(ms(took)) }

// NotAcquired counts a call that got no connection.
func (p *Pool) NotAcquired(reason NotAcquired) { p.notAcquired.get(string(reason)).Inc() }

// Retried counts an attempt that followed an error of the category.
func (p *Pool) Retried(category string) { p.retries.get(category).Inc() }

// BreakerChanged counts a change of the breaker's state.
func (p *Pool) BreakerChanged(to string) { p.transitions.get(to).Inc() }
