package pool

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/puddle/v2"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// sweep maintains the pool until Close: once at the beginning, and then every HealthCheckPeriod.
func (p *Pool) sweep() {
	defer close(p.swept)
	ticker := time.NewTicker(p.cfg.HealthCheckPeriod)
	defer ticker.Stop()
	for {
		p.closeUnneeded()
		p.fill()
		p.warn()
		select {
		case <-ticker.C:
		case <-p.closing.Done():
			return
		}
	}
}

// closeUnneeded closes idle members that are too old, have been idle for too long, or have lost their connection.
func (p *Pool) closeUnneeded() {
	spare := int(p.resources.Stat().TotalResources()) - p.cfg.MinConns
	for _, res := range p.resources.AcquireAllIdle() {
		m := res.Value()
		reason, ends := m.unfit()
		if !ends && spare > 0 && p.idleTooLong(res) {
			reason, ends = reasonIdle, true
		}
		if !ends {
			res.ReleaseUnused()
			continue
		}
		spare--
		m.destroyIdle(res, reason)
	}
}

func (p *Pool) idleTooLong(res *puddle.Resource[*member]) bool {
	return p.cfg.MaxConnIdleTime > 0 && res.IdleDuration() > p.cfg.MaxConnIdleTime
}

// fill opens connections up to MinConns. A failure is logged, and the next sweep tries again.
func (p *Pool) fill() {
	for int(p.resources.Stat().TotalResources()) < p.cfg.MinConns && p.seats.tryEnter() {
		err := p.resources.CreateResource(p.closing)
		p.seats.leave()
		if err != nil {
			if p.closing.Err() == nil {
				p.cfg.Logger.Warn("pool could not open a connection", slog.String("pool", p.cfg.Name),
					slog.String("category", string(werr.CategoryOf(err))), slog.Any("error", err))
			}
			return
		}
	}
}

// warn logs members that have been lent for a long time, usually to a stream that is neither read nor closed.
func (p *Pool) warn() {
	if p.cfg.WarnAfter <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for m := range p.members {
		at := m.lentAt.Load()
		if at == 0 || time.Since(time.Unix(0, at)) < p.cfg.WarnAfter || !m.lentAt.CompareAndSwap(at, 0) {
			continue
		}
		p.cfg.Logger.LogAttrs(context.Background(), slog.LevelWarn, "pool connection lent for long",
			slog.String("pool", p.cfg.Name), slog.Uint64("pid", uint64(m.c.PID())),
			slog.Duration("lent_for", time.Since(time.Unix(0, at))))
	}
}
