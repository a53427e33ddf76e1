package pool

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Waiting callers are admitted in the order of their calls, one for each place that is given back.
func TestGateAdmitsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c counters
		g := newGate(1)
		if err := g.enter(t.Context(), &c); err != nil {
			t.Fatal(err)
		}
		admitted := make(chan int, 3)
		for i := range cap(admitted) {
			go func() {
				if err := g.enter(t.Context(), &c); err != nil {
					t.Error(err)
				}
				admitted <- i
			}()
			synctest.Wait() // it is in the queue
		}
		if waiting := c.waiting.Load(); waiting != 3 {
			t.Errorf("%d waiting, want 3", waiting)
		}
		for want := range cap(admitted) {
			g.leave()
			synctest.Wait()
			if len(admitted) != 1 {
				t.Fatalf("%d admitted to one place", len(admitted))
			}
			if got := <-admitted; got != want {
				t.Errorf("caller %d was admitted, want %d", got, want)
			}
		}
		g.leave()
		if waited, waiting := c.waited.Load(), c.waiting.Load(); waited != 3 || waiting != 0 {
			t.Errorf("%d have waited and %d wait, want 3 and 0", waited, waiting)
		}
	})
}

// The end of a context ends only its own wait, and no place is lost.
func TestGateWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c counters
		g := newGate(1)
		if err := g.enter(t.Context(), &c); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended, other := make(chan error, 1), make(chan error, 1)
		go func() { ended <- g.enter(ctx, &c) }()
		synctest.Wait()
		go func() { other <- g.enter(t.Context(), &c) }()
		synctest.Wait()
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want the end of the context", err)
		}
		g.leave()
		if err := <-other; err != nil {
			t.Error(err)
		}
		if g.leave(); !g.tryEnter() || g.tryEnter() {
			t.Error("there must be one place")
		}
	})
}

// shut ends every wait at once, even while all places are taken, and no caller is admitted afterwards.
func TestGateShut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c counters
		g := newGate(2)
		for range 2 {
			if err := g.enter(t.Context(), &c); err != nil {
				t.Fatal(err)
			}
		}
		waits := make(chan error, 100)
		for range cap(waits) {
			go func() { waits <- g.enter(t.Context(), &c) }()
		}
		synctest.Wait()
		g.shut()
		for range cap(waits) {
			if err := <-waits; !errors.Is(err, werr.ErrPoolClosed) {
				t.Errorf("a wait ended with %v", err)
			}
		}
		if err := g.enter(t.Context(), &c); !errors.Is(err, werr.ErrPoolClosed) {
			t.Errorf("afterwards: %v", err)
		}
		g.leave()
		g.leave()
		if waiting := c.waiting.Load(); waiting != 0 {
			t.Errorf("%d waiting, want 0", waiting)
		}
	})
}
