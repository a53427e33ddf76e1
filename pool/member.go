package pool

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/jackc/puddle/v2"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// lease is the kind of borrower that a member is lent to.
type lease uint64

const (
	free      lease = iota
	toStream        // to Pool.Query: the end of its stream gives the member back
	toConn          // to Acquire: Conn.Release gives the member back
	returning       // being given back
)

// loan identifies one lending of a member: the two lowest bits are its lease, the others its number. A loan that is
// over has no effect if it is used again, even if the member has since been lent with the same lease.
type loan uint64

func (l loan) lease() lease { return lease(l & 3) }

// to returns the same loan with another lease.
func (l loan) to(now lease) loan { return l&^3 | loan(now) }

// member is a connection of the pool. The goroutine that changes its loan to returning gives it back.
type member struct {
	pool    *Pool
	c       *conn.Conn
	res     *puddle.Resource[*member] // set each time it is lent
	life    time.Duration             // its lifetime, with the jitter; 0: no limit
	epoch   uint64                    // Pool.epoch when it was made
	trusted uint64                    // Pool.suspicion when it was last checked; used by the borrower only
	made    time.Time
	reason  wiremetrics.Destroyed // why it was closed; set before it is closed

	loan    atomic.Uint64 // the current loan, or the last
	lentAt  atomic.Int64  // in Unix nanoseconds; 0: it is idle, or a warning was logged
	suspect atomic.Bool   // its server is shutting down or not the primary: close it when it is given back

	// onEnd is an option for each query of this member, and plain are the settings of queries that have no other. They
	// are made once, so that they do not cost allocations per query.
	onEnd stream.Option
	plain *stream.Settings
}

// The reasons for closing a member.
const (
	reasonOld    = wiremetrics.DestroyedOld
	reasonIdle   = wiremetrics.DestroyedIdle
	reasonBroken = wiremetrics.DestroyedBroken
	reasonReset  = wiremetrics.DestroyedReset
	reasonClosed = wiremetrics.DestroyedClosed
)

// newMember makes a member from a connection that has just been opened.
func (p *Pool) newMember(c *conn.Conn) *member {
	m := &member{pool: p, c: c, made: time.Now(), epoch: p.epoch.Load(), trusted: p.suspicion.Load(), reason: reasonClosed}
	if life := p.cfg.MaxConnLifetime; life > 0 {
		m.life = life + rand.N(life/10+1)
	}
	m.onEnd = stream.WithOnEnd(m.ended)
	m.plain, _ = stream.Configure(m.onEnd) // valid
	p.mu.Lock()
	p.members[m] = struct{}{}
	p.mu.Unlock()
	return m
}

// madeSince reports whether the member was made after t, for a caller that has waited since then. Such a member need
// not be checked, and if its first query fails, the connection does not count as found dead.
func (m *member) madeSince(t time.Time) bool { return !m.made.Before(t) }

// lend records that the member is lent.
func (m *member) lend(to lease, now time.Time) {
	m.lentAt.Store(now.UnixNano())
	m.loan.Store((m.loan.Load()>>2+1)<<2 | uint64(to))
}

// present returns the current loan. Only the borrower calls it, and the function that is called at the end of its
// query.
func (m *member) present() loan { return loan(m.loan.Load()) }

// ended is called at the end of each query.
func (m *member) ended(sum stream.Summary) {
	m.judge(sum.Err)
	if l := m.present(); l.lease() == toStream {
		m.giveBack(l)
	}
}

// giveBack returns the member to the pool, unless this loan is already over.
func (m *member) giveBack(l loan) {
	from := l.lease()
	if !m.loan.CompareAndSwap(uint64(l), uint64(l.to(returning))) {
		return
	}
	m.lentAt.Store(0)
	if m.c.State() == conn.Cancelling {
		go func() {
			m.settle()
			m.putBack(from)
		}()
		return
	}
	m.putBack(from)
}

// settle waits until a query that was ended early is over, which the connection ensures within its CancelTimeout.
func (m *member) settle() {
	ctx, stop := m.pool.farewell()
	defer stop()
	_ = m.c.Ping(ctx) // putBack checks the state
}

// putBack makes the member idle, or closes it if it must not be lent again.
func (m *member) putBack(from lease) {
	p := m.pool
	if from == toStream {
		p.streamEnded()
	}
	if reason, ends := m.unfit(); ends {
		m.destroy(reason, func() { p.seats.leave() })
		return
	}
	m.loan.Store(uint64(m.present().to(free)))
	m.res.Release()
	p.seats.leave()
}

// unfit reports whether the member must not be lent any more, and why.
func (m *member) unfit() (wiremetrics.Destroyed, bool) {
	p := m.pool
	switch {
	case p.closing.Err() != nil:
		return reasonClosed, true
	case m.c.State() != conn.Idle, m.suspect.Load():
		return reasonBroken, true
	case m.epoch != p.epoch.Load():
		return reasonReset, true
	case m.life > 0 && time.Since(m.made) > m.life:
		return reasonOld, true
	}
	return "", false
}

// destroy closes a member that is lent, in the background, and calls done when that is finished.
func (m *member) destroy(reason wiremetrics.Destroyed, done func()) {
	m.reason = reason
	res := m.res
	go func() {
		m.shut()
		res.Destroy()
		done()
	}()
}

// destroyIdle closes an idle member, in the background.
func (m *member) destroyIdle(res *puddle.Resource[*member], reason wiremetrics.Destroyed) {
	m.reason = reason
	res.Destroy()
}

// shut closes the connection, and ends a query that runs on it.
func (m *member) shut() {
	ctx, stop := m.pool.farewell()
	defer stop()
	_ = m.c.Close(ctx) // the connection is closed in any case
}

// disconnect is called by resources for a member that is destroyed.
func (p *Pool) disconnect(m *member) {
	m.shut()
	p.mu.Lock()
	delete(p.members, m)
	p.mu.Unlock()
	p.counters.destroyed(m.reason)
	p.metrics.Destroyed(m.reason)
}

// ready reports whether the member can be lent, and pings the server first if there is doubt. reason is why it cannot
// be lent.
func (m *member) ready(ctx context.Context) (reason wiremetrics.Destroyed, ok bool) {
	if reason, ends := m.unfit(); ends {
		return reason, false
	}
	p := m.pool
	suspicion := p.suspicion.Load()
	idle := m.res.IdleDuration()
	if m.trusted == suspicion && (p.cfg.PingIdle < 0 || idle <= p.cfg.PingIdle) {
		return "", true
	}
	if !m.answers(ctx) || m.demoted() {
		return reasonBroken, false
	}
	m.trusted = suspicion
	return "", true
}

// answers pings the server and reports whether it answers within CancelTimeout, so that a query waits no longer than
// that for a peer that has vanished.
func (m *member) answers(ctx context.Context) bool {
	ctx, stop := context.WithTimeout(ctx, m.pool.cancelTimeout())
	defer stop()
	return m.c.Ping(ctx) == nil
}
