package pool

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/puddle/v2"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// Pool holds connections to one server, or to one of several hosts, and lends them to queries. Its methods are for any
// goroutine.
type Pool struct {
	cfg     *Config // complete; never changed
	metrics *wiremetrics.Pool
	breaker *breaker

	// What is lent. Whoever wants a connection first takes a seat, and a stream before that one of the slots; both are given
	// in the order of coming. With a seat there is always a resource to be had, idle or to be made, so that nobody waits
	// inside of resources but for a connect.
	slots     *gate // of streams; nil where MaxStreams is MaxConns
	seats     *gate
	resources *puddle.Pool[*member]

	epoch     atomic.Uint64 // raised by Reset: members of an earlier one are closed when they come back
	suspicion atomic.Uint64 // raised when a server said that it is going or not the primary: idle members are pinged once

	mu      sync.Mutex
	members map[*member]struct{} // all that are open

	counters   counters
	closing    context.Context // ended by Close: no further query begins
	close      context.CancelFunc
	swept      chan struct{} // closed when the sweeper has ended
	closed     chan struct{} // closed when the first Close has done its work
	closeBegun atomic.Bool
	detach     func() // from the metrics
}

// Open is ParseConfig and New.
func Open(ctx context.Context, dsn string) (*Pool, error) {
	cfg, err := ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return New(ctx, cfg)
}

// New makes a pool. It fails only for a configuration that cannot be right, with a *errors.ConfigError; a server that is down
// is found by Query or Ping. ctx lends its values to the connects of the background, not its end.
func New(ctx context.Context, cfg *Config) (*Pool, error) {
	full, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	p := &Pool{
		cfg:     full,
		metrics: wiremetrics.ForPool(full.Name),
		seats:   newGate(full.MaxConns),
		members: make(map[*member]struct{}),
		swept:   make(chan struct{}),
		closed:  make(chan struct{}),
	}
	p.breaker = newBreaker(full.Breaker, p.metrics)
	if full.MaxStreams < full.MaxConns {
		p.slots = newGate(full.MaxStreams)
	}
	p.resources, err = puddle.NewPool(&puddle.Config[*member]{
		Constructor: p.connect, Destructor: p.disconnect, MaxSize: int32(full.MaxConns),
	})
	if err != nil {
		return nil, &werr.ConfigError{Key: "MaxConns", Detail: err.Error()}
	}
	p.closing, p.close = context.WithCancel(context.WithoutCancel(ctx))
	p.detach = p.metrics.Attach(p.gauges)
	go p.sweep()
	return p, nil
}

// Name is the pool's name, as in the metrics.
func (p *Pool) Name() string { return p.cfg.Name }

// Ping takes a connection, and asks the server for an answer over it.
func (p *Pool) Ping(ctx context.Context) error {
	c, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return c.Ping(ctx)
}

// Reset closes the connections that are idle, and has the others closed when they come back: after a failover, or
// when passwords have changed.
func (p *Pool) Reset() {
	p.epoch.Add(1)
	for _, res := range p.resources.AcquireAllIdle() {
		m := res.Value()
		if m.epoch != p.epoch.Load() {
			m.destroyIdle(res, reasonReset)
		} else {
			res.ReleaseUnused()
		}
	}
}

// Close lets no further query begin, and waits for those under way. Calls that wait for a connection, one that is being
// made included, fail with errors.ErrPoolClosed at once. When ctx ends first, the queries under way are cancelled and
// their connections closed, and ctx's error is returned. Further calls wait for the first.
func (p *Pool) Close(ctx context.Context) error {
	p.close()
	if p.closeBegun.Swap(true) {
		select {
		case <-p.closed:
			return nil
		case <-ctx.Done():
			return &werr.OpError{Op: "close", Err: werr.FromContext(ctx)}
		}
	}
	defer close(p.closed)
	defer p.detach()
	p.seats.shut()
	if p.slots != nil {
		p.slots.shut()
	}
	<-p.swept
	finished := make(chan struct{})
	go func() {
		p.resources.Close() // waits for its resources: without end for a Conn that nobody releases
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
	}
	if p.resources.Stat().AcquiredResources() == 0 {
		<-finished // only idle connections are being closed, which takes no longer than their CancelTimeout
		return nil
	}
	p.abandon()
	return &werr.OpError{Op: "close", Err: werr.FromContext(ctx)}
}

// abandon ends every query under way, and waits until the connections are closed.
func (p *Pool) abandon() {
	p.mu.Lock()
	var ended sync.WaitGroup
	for m := range p.members {
		ended.Go(m.shut)
	}
	p.mu.Unlock()
	ended.Wait()
}

// farewell bounds the end of a connection.
func (p *Pool) farewell() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), p.cancelTimeout())
}

// cancelTimeout is that of the connections.
func (p *Pool) cancelTimeout() time.Duration { return p.cfg.Conn.WithDefaults().CancelTimeout }
