package pool

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/puddle/v2"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// errAcquireTimeout is the cause of a context that was ended by Config.AcquireTimeout.
var errAcquireTimeout = errors.New("the pool's AcquireTimeout has passed")

// borrow lends a usable member, and reports whether it was made for this call. The wait ends with ctx, AcquireTimeout
// and Close.
func (p *Pool) borrow(ctx context.Context, to lease) (m *member, fresh bool, err error) {
	began := time.Now()
	bounded := ctx
	if p.cfg.AcquireTimeout > 0 {
		var stop context.CancelFunc
		bounded, stop = context.WithTimeoutCause(ctx, p.cfg.AcquireTimeout, errAcquireTimeout)
		defer stop()
	}
	if err = p.enter(bounded, to); err == nil {
		if m, err = p.take(bounded, began); err != nil {
			p.leave(to)
		}
	}
	if err != nil {
		why, err := p.notAcquired(ctx, bounded, time.Since(began), err)
		p.metrics.NotAcquired(why)
		return nil, false, err
	}
	took := time.Since(began)
	m.lend(to, began.Add(took))
	p.acquired(took)
	return m, m.madeSince(began), nil
}

// enter takes a seat and, for a stream, first a slot.
func (p *Pool) enter(ctx context.Context, to lease) error {
	if to == toStream {
		if p.slots != nil {
			if err := p.slots.enter(ctx, &p.counters); err != nil {
				return err
			}
		}
		p.counters.streams.Add(1)
	}
	if err := p.seats.enter(ctx, &p.counters); err != nil {
		if to == toStream {
			p.streamEnded()
		}
		return err
	}
	return nil
}

// leave gives back what enter took.
func (p *Pool) leave(to lease) {
	if to == toStream {
		p.streamEnded()
	}
	p.seats.leave()
}

// streamEnded frees the slot of a stream.
func (p *Pool) streamEnded() {
	p.counters.streams.Add(-1)
	if p.slots != nil {
		p.slots.leave()
	}
}

// take returns a member to a caller that holds a seat: a usable idle one, or a new one, made after since.
func (p *Pool) take(ctx context.Context, since time.Time) (*member, error) {
	for {
		res, err := p.resources.Acquire(ctx)
		if err != nil {
			return nil, err
		}
		m := res.Value()
		m.res = res
		if p.closing.Err() != nil {
			m.destroy(reasonClosed, func() {})
			return nil, werr.ErrPoolClosed
		}
		if m.madeSince(since) {
			return m, nil
		}
		reason, ok := m.ready(ctx)
		if ok {
			return m, nil
		}
		if reason == reasonBroken {
			p.healed()
		}
		m.destroy(reason, func() {}) // the caller keeps its seat
	}
}

// connect is called by resources to make a new member. Its context does not end with that of the caller that waits: if
// a connect takes longer than that caller can wait, the connection is used by the next one.
func (p *Pool) connect(ctx context.Context) (*member, error) {
	permit, err := p.breaker.admit()
	if err != nil {
		return nil, err
	}
	m, err := p.open(ctx)
	permit(err)
	return m, err
}

func (p *Pool) open(ctx context.Context) (*member, error) {
	c, err := conn.ConnectConfig(ctx, p.cfg.Conn)
	if err != nil {
		return nil, err
	}
	if p.cfg.AfterConnect != nil {
		if err := p.afterConnect(ctx, c); err != nil {
			ctx, stop := p.farewell()
			defer stop()
			_ = c.Close(ctx) // err is reported instead
			return nil, err
		}
	}
	p.counters.created.Add(1)
	p.metrics.Created()
	return p.newMember(c), nil
}

// afterConnect calls Config.AfterConnect with the timeout of a connect.
func (p *Pool) afterConnect(ctx context.Context, c *conn.Conn) error {
	if d := p.cfg.Conn.WithDefaults().ConnectTimeout; d > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, d)
		defer stop()
	}
	if err := p.cfg.AfterConnect(ctx, c); err != nil {
		return &werr.OpError{Op: "connect", Err: err, Unsent: true}
	}
	return nil
}

// notAcquired returns the error for a caller that got no connection, and its reason for the metrics.
func (p *Pool) notAcquired(
	ctx, bounded context.Context, waited time.Duration, err error,
) (wiremetrics.NotAcquired, error) {
	var open *werr.CircuitOpenError
	switch {
	case errors.Is(err, puddle.ErrClosedPool), errors.Is(err, werr.ErrPoolClosed), p.closing.Err() != nil:
		return wiremetrics.NotAcquiredClosed, werr.ErrPoolClosed
	case ctx.Err() != nil:
		p.counters.canceled.Add(1)
		return wiremetrics.NotAcquiredContext, &werr.OpError{Op: "acquire", Err: werr.FromContext(ctx), Unsent: true}
	case errors.Is(context.Cause(bounded), errAcquireTimeout):
		p.counters.canceled.Add(1)
		inUse := int(p.resources.Stat().AcquiredResources())
		return wiremetrics.NotAcquiredTimeout, &werr.PoolTimeoutError{Waited: waited, InUse: inUse, Max: p.cfg.MaxConns}
	case errors.As(err, &open):
		return wiremetrics.NotAcquiredBreaker, err
	}
	return wiremetrics.NotAcquiredConnect, err
}
