package pool

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// gate limits how many callers are inside at a time. It admits them in the order of their calls, until it is shut.
//
// The semaphore has more permits than there are places, and the gate itself holds the surplus until shut releases it.
// So shut admits all waiting callers, which then find the gate closed, and a wait does not need its own context for
// that.
type gate struct {
	permits *semaphore.Weighted
	closed  atomic.Bool
}

// surplus is more than the number of callers that can wait.
const surplus = 1 << 32

func newGate(places int) *gate {
	g := &gate{permits: semaphore.NewWeighted(int64(places) + surplus)}
	g.permits.TryAcquire(surplus)
	return g
}

// tryEnter enters if it need not wait, and reports whether it did. It also succeeds if the gate has been shut.
func (g *gate) tryEnter() bool { return g.permits.TryAcquire(1) }

// enter waits for a place until ctx ends or the gate is shut; then it returns errors.ErrPoolClosed. c counts the wait.
func (g *gate) enter(ctx context.Context, c *counters) error {
	if !g.tryEnter() {
		if err := g.wait(ctx, c); err != nil {
			return err
		}
	}
	if g.closed.Load() { // true for every caller that was admitted by shut
		g.leave()
		return werr.ErrPoolClosed
	}
	return nil
}

func (g *gate) wait(ctx context.Context, c *counters) error {
	c.waited.Add(1)
	c.waiting.Add(1)
	defer c.waiting.Add(-1)
	if g.permits.Acquire(ctx, 1) != nil {
		return werr.FromContext(ctx)
	}
	return nil
}

// leave gives back a place.
func (g *gate) leave() { g.permits.Release(1) }

// shut ends all waits, and makes all further calls of enter fail. It must be called only once.
func (g *gate) shut() {
	g.closed.Store(true)
	g.permits.Release(surplus)
}
