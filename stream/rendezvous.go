package stream

import "sync/atomic"

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

func (r *rendezvous) begin(mayRead bool) {
	r.consumer.wake = make(chan struct{}, 1)
	if mayRead {
		r.reader.wake = make(chan struct{}, 1)
	}
}

// parking is where one side waits. It sets parked, checks its condition once more, and then waits; the other side
// changes the condition, then reads parked, and wakes the waiter if it is set.
type parking struct {
	parked atomic.Bool
	wake   chan struct{} // capacity 1, so no wake-up is lost; spurious ones do no harm; nil: unused
}

// wakeUp never blocks.
func (p *parking) wakeUp() { wake(p.wake) }

func (p *parking) wakeIfParked() {
	if p.parked.Load() {
		wake(p.wake)
	}
}

// wake never blocks: the channel holds one wake-up, which is enough. If c is nil, wake does nothing.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
