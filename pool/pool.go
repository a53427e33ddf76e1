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

// Pool holds connections to one server, or to one of several hosts, and lends them to queries. It is safe for
// concurrent use.
type Pool struct {
	cfg     *Config // with defaults; never changed
	metrics *wiremetrics.Pool
	breaker *breaker

	// To get a connection, a caller first takes a seat, and for a stream before that a slot; both are granted in the
	// order of calls. For the holder of a seat there is always a resource, idle or to be made, so that it waits in
	// resources only for a connect.
	slots     *gate // for streams; nil if MaxStreams is MaxConns
	seats     *gate
	resources *puddle.Pool[*member]

	epoch atomic.Uint64 // incremented by Reset: members of an earlier epoch are closed when they are given back
	// suspicion is incremented when a server shuts down or is not the primary: idle members are then pinged once.
	suspicion atomic.Uint64

	mu      sync.Mutex
	members map[*member]struct{} // all open members

	counters   counters
	closing    context.Context // canceled by Close: no further query begins
	close      context.CancelFunc
	swept      chan struct{} // closed when the sweeper has ended
	closed     chan struct{} // closed when the first Close returns
	closeBegun atomic.Bool
	detach     func() // removes the gauges from the metrics
}

// Open is ParseConfig and New.
func Open(ctx context.Context, dsn string) (*Pool, error) {
	cfg, err := ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return New(ctx, cfg)
}

// New returns a new pool. It fails only if the configuration is invalid, with a *errors.ConfigError; it does not detect
// a server that is down, but Query and Ping do. Connects in the background use the values of ctx, but do not end with
// it.
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

// Name returns the pool's name, as in the metrics.
func (p *Pool) Name() string { return p.cfg.Name }

// Ping acquires a connection, and checks that the server answers.
func (p *Pool) Ping(ctx context.Context) error {
	c, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return c.Ping(ctx)
}

// Reset closes all idle connections, and closes the others when they are given back. Call it after a failover, or when
// passwords have changed.
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

// Close prevents further queries, and waits for those under way. Calls that wait for a connection, even one that is
// being opened, fail at once with errors.ErrPoolClosed. If ctx ends first, the queries under way are cancelled and
// their connections closed, and the error of ctx is returned. Further calls of Close wait for the first.
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
		p.resources.Close() // waits for all resources: forever if a Conn is never released
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
	}
	if p.resources.Stat().AcquiredResources() == 0 {
		<-finished // only idle connections are being closed, which takes at most their CancelTimeout
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

// farewell returns the context for closing a connection.
func (p *Pool) farewell() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), p.cancelTimeout())
}

// cancelTimeout returns the CancelTimeout of the connections.
func (p *Pool) cancelTimeout() time.Duration { return p.cfg.Conn.WithDefaults().CancelTimeout }
