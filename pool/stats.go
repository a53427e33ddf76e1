package pool

import (
	"sync/atomic"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// Stats describes what a pool holds and has done, at one moment.
type Stats struct {
	MaxConns        int // bound on TotalConns
	TotalConns      int // idle, acquired and connecting
	IdleConns       int
	AcquiredConns   int // lent to streams and Conns, or being given back
	ConnectingConns int
	Waiting         int // calls that wait for a stream slot or a connection
	Streams         int // open streams of Query and QueryArgs

	Acquires         uint64        // connections lent
	WaitedAcquires   uint64        // number of waits because all slots or connections were in use
	CanceledAcquires uint64        // waits ended by a context or by AcquireTimeout
	Created          uint64        // connections opened
	DestroyedOld     uint64        // closed at the end of their lifetime
	DestroyedIdle    uint64        // closed because they were idle for too long
	DestroyedBroken  uint64        // lost, or closed because their server shuts down or is not the primary any more
	Retries          uint64        // attempts after the first of a query
	Healed           uint64        // connections that were found dead when they were needed, and replaced
	AcquireWait      time.Duration // total time from asking for a connection to getting one

	Breaker BreakerState
}

// Stats returns what the pool holds and has done. It takes the pool's lock for a moment, and looks at every connection.
func (p *Pool) Stats() Stats {
	held, c := p.resources.Stat(), &p.counters
	return Stats{
		MaxConns:         p.cfg.MaxConns,
		TotalConns:       int(held.TotalResources()),
		IdleConns:        int(held.IdleResources()),
		AcquiredConns:    int(held.AcquiredResources()),
		ConnectingConns:  int(held.ConstructingResources()),
		Waiting:          int(c.waiting.Load()),
		Streams:          int(c.streams.Load()),
		Acquires:         c.acquires.Load(),
		WaitedAcquires:   c.waited.Load(),
		CanceledAcquires: c.canceled.Load(),
		Created:          c.created.Load(),
		DestroyedOld:     c.old.Load(),
		DestroyedIdle:    c.idle.Load(),
		DestroyedBroken:  c.broken.Load(),
		Retries:          c.retries.Load(),
		Healed:           c.healed.Load(),
		AcquireWait:      time.Duration(c.wait.Load()),
		Breaker:          p.breaker.now(),
	}
}

// counters are the numbers of Stats that are counted here. Any goroutine may use them.
type counters struct {
	waiting, streams           atomic.Int64
	acquires, waited, canceled atomic.Uint64
	created, old, idle, broken atomic.Uint64
	retries, healed            atomic.Uint64
	wait                       atomic.Int64 // nanoseconds
}

// acquired counts a connection that was lent, and how long getting it took.
func (p *Pool) acquired(took time.Duration) {
	p.counters.acquires.Add(1)
	p.counters.wait.Add(int64(took))
	p.metrics.Acquired(took)
}

// healed counts a connection that was found dead.
func (p *Pool) healed() { p.counters.healed.Add(1) }

// retried counts an attempt after err.
func (p *Pool) retried(err error, _ time.Duration) {
	p.counters.retries.Add(1)
	p.metrics.Retried(string(werr.CategoryOf(err)))
}

// destroyed counts a connection that was closed.
func (c *counters) destroyed(reason wiremetrics.Destroyed) {
	switch reason {
	case reasonOld:
		c.old.Add(1)
	case reasonIdle:
		c.idle.Add(1)
	case reasonBroken:
		c.broken.Add(1)
	}
}

// gauges returns the current values for the metrics.
func (p *Pool) gauges() wiremetrics.PoolGauges {
	held := p.resources.Stat()
	return wiremetrics.PoolGauges{
		Idle:       int(held.IdleResources()),
		Acquired:   int(held.AcquiredResources()),
		Connecting: int(held.ConstructingResources()),
		Max:        p.cfg.MaxConns,
		Waiting:    int(p.counters.waiting.Load()),
		Breaker:    int(p.breaker.now()),
	}
}
