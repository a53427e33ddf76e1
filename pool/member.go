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

// lease says to whom a member is lent.
type lease uint64

const (
	free      lease = iota
	toStream        // of Pool.Query: the end of its stream gives the member back
	toConn          // of Acquire: Conn.Release gives the member back
	returning       // on its way back
)

// loan is one lending: its lease, in the two lowest bits, and above them its number. Whoever comes late with a loan that
// is over reaches nothing, although the member may be lent in the same way again.
type loan uint64

func (l loan) lease() lease { return lease(l & 3) }

// to is the same loan in another lease.
func (l loan) to(now lease) loan { return l&^3 | loan(now) }

// member is a connection of the pool. Whoever moves its loan to returning gives it back; nobody else does.
type member struct {
	pool    *Pool
	c       *conn.Conn
	res     *puddle.Resource[*member] // set at each lending
	ends    time.Time                 // of its lifetime; zero: none
	epoch   uint64                    // Pool.epoch when it was made
	trusted uint64                    // Pool.suspicion when it was last looked at; the borrower's
	made    time.Time
	reason  wiremetrics.Destroyed // why it was closed; set by whoever decides

	loan    atomic.Uint64 // the present one, or the last
	lentAt  atomic.Int64  // in Unix nanoseconds; 0: it is idle, or a warning was given
	suspect atomic.Bool   // its server is not what it was: it is closed when it comes back

	// onEnd is what each query of this member ends with. It is made once, so that a query costs no allocation for it.
	onEnd stream.Option
}

// The reasons for closing a member.
const (
	reasonOld    = wiremetrics.DestroyedOld
	reasonIdle   = wiremetrics.DestroyedIdle
	reasonBroken = wiremetrics.DestroyedBroken
	reasonReset  = wiremetrics.DestroyedReset
	reasonClosed = wiremetrics.DestroyedClosed
)

// newMember makes a member of a connection that has just been opened.
func (p *Pool) newMember(c *conn.Conn) *member {
	m := &member{pool: p, c: c, made: time.Now(), epoch: p.epoch.Load(), trusted: p.suspicion.Load(), reason: reasonClosed}
	if life := p.cfg.MaxConnLifetime; life > 0 {
		m.ends = m.made.Add(life + rand.N(life/10+1))
	}
	m.onEnd = stream.WithOnEnd(m.ended)
	p.mu.Lock()
	p.members[m] = struct{}{}
	p.mu.Unlock()
	return m
}

// madeSince says that the member was made for whoever has waited since then: there is nothing to look at yet, and a
// failure of its first query is no connection found dead.
func (m *member) madeSince(t time.Time) bool { return !m.made.Before(t) }

// lend gives the member away.
func (m *member) lend(to lease, now time.Time) {
	m.lentAt.Store(now.UnixNano())
	m.loan.Store((m.loan.Load()>>2+1)<<2 | uint64(to))
}

// present is the loan under which the member is lent. It is for the borrower, and for the end of its query.
func (m *member) present() loan { return loan(m.loan.Load()) }

// ended is told of the end of each query.
func (m *member) ended(sum stream.Summary) {
	m.judge(sum.Err)
	if l := m.present(); l.lease() == toStream {
		m.giveBack(l)
	}
}

// giveBack returns the member to the pool, if this loan is not over yet: once.
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

// settle waits until a query that was left is over. The connection sees to it that it is, within its CancelTimeout.
func (m *member) settle() {
	ctx, stop := m.pool.farewell()
	defer stop()
	_ = m.c.Ping(ctx) // putBack looks at the state
}

// putBack makes the member idle, or closes it where it must not be lent again.
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

// unfit says whether the member must not be lent any more, and why.
func (m *member) unfit() (wiremetrics.Destroyed, bool) {
	p := m.pool
	switch {
	case p.closing.Err() != nil:
		return reasonClosed, true
	case m.c.State() != conn.Idle, m.suspect.Load():
		return reasonBroken, true
	case m.epoch != p.epoch.Load():
		return reasonReset, true
	case !m.ends.IsZero() && time.Now().After(m.ends):
		return reasonOld, true
	}
	return "", false
}

// destroy closes a member that is lent; done is called when the server has let it go.
func (m *member) destroy(reason wiremetrics.Destroyed, done func()) {
	m.reason = reason
	res := m.res
	go func() {
		m.shut()
		res.Destroy()
		done()
	}()
}

// destroyIdle closes a member that the sweep holds.
func (m *member) destroyIdle(res *puddle.Resource[*member], reason wiremetrics.Destroyed) {
	m.reason = reason
	res.Destroy()
}

// shut ends the connection, and the query that runs on it.
func (m *member) shut() {
	ctx, stop := m.pool.farewell()
	defer stop()
	_ = m.c.Close(ctx) // closed in any case
}

// disconnect is called by resources for a member that it lets go of.
func (p *Pool) disconnect(m *member) {
	m.shut()
	p.mu.Lock()
	delete(p.members, m)
	p.mu.Unlock()
	p.counters.destroyed(m.reason)
	p.metrics.Destroyed(m.reason)
}

// ready says whether the member can be lent, and has it answer a ping first where that is in doubt. reason is why it
// cannot.
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

// answers pings the server: within CancelTimeout, so that a peer that has vanished costs a query no more than that.
func (m *member) answers(ctx context.Context) bool {
	ctx, stop := context.WithTimeout(ctx, m.pool.cancelTimeout())
	defer stop()
	return m.c.Ping(ctx) == nil
}
