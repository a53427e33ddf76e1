package stream

import (
	"sync"
	"sync/atomic"
)

// rendezvous is where the consumer and the background reader wait for each other. Any goroutine may use it. It holds no
// data: a side that is woken checks again what it waited for.
type rendezvous struct {
	reading  atomic.Bool // a background reader is running
	receding atomic.Bool // the reader is to stop, and the consumer to fill again
	pulling  atomic.Bool // the consumer is filling the ring itself; used only for Info
	noRoom   atomic.Bool // the reader waits at a memory limit; used only for Info
	consumer parking
	reader   parking
}

// parking is where one side waits. It sets parked, checks its condition once more, and then waits; the other side
// changes the condition, then reads parked, and wakes the waiter if it is set.
type parking struct {
	parked atomic.Bool

	mu   sync.Mutex
	wake chan struct{} // nil until channel is called; guarded by mu
}

// channel returns the channel for wake-ups. Its capacity is 1, so no wake-up is lost; spurious ones do no harm. It is
// made at the first call, because in most small queries neither side waits or is woken.
func (p *parking) channel() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wake == nil {
		p.wake = make(chan struct{}, 1)
	}
	return p.wake
}

// await blocks until a wake-up arrives.
func (p *parking) await() { <-p.channel() }

// wakeUp wakes the side that waits. It never blocks.
func (p *parking) wakeUp() { wake(p.channel()) }

func (p *parking) wakeIfParked() {
	if p.parked.Load() {
		p.wakeUp()
	}
}

// wake sends a wake-up. It never blocks: the channel holds one wake-up, which is enough.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
