package stream

import "sync/atomic"

// rendezvous is where the consumer and the background reader wait for each other. All of it is for any goroutine. It holds
// no data: who is woken looks again at what it waited for.
type rendezvous struct {
	reading  atomic.Bool // a background reader is running
	receding atomic.Bool // the reader is to give the filling back to the consumer
	pulling  atomic.Bool // the consumer is filling the ring itself; only looked at to be shown
	noRoom   atomic.Bool // the reader waits in front of a memory limit; only looked at to be shown
	consumer parking
	reader   parking
}

func (r *rendezvous) begin(mayRead bool) {
	r.consumer.wake = make(chan struct{}, 1)
	if mayRead {
		r.reader.wake = make(chan struct{}, 1)
	}
}

// parking is where one side waits. It sets its flag, looks once more, and then waits; the other side changes what was
// looked at, and then the flag tells it whether to wake.
type parking struct {
	parked atomic.Bool
	wake   chan struct{} // capacity 1: a wake-up is never lost, a spurious one does no harm; nil: nobody waits here
}

// wakeUp never blocks.
func (p *parking) wakeUp() { wake(p.wake) }

func (p *parking) wakeIfParked() {
	if p.parked.Load() {
		wake(p.wake)
	}
}

// wake never blocks: the channel holds one wake-up, and one is enough. A nil channel has nobody to wake.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
