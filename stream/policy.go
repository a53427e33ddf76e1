package stream

import (
	"runtime"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// policy decides, under ReadAheadAuto, who fills the ring. It begins with pull, which costs a fast consumer and a small
// query nothing.
//
//	        the consumer works as long as it reads or longer, and has kept the server waiting
//	pull  ------------------------------------------------------------------------------------> read-ahead
//	      <------------------------------------------------------------------------------------
//	        the consumer waits for the reader at least twice as long as it works
//
// Both times are added up over the last window or two, so that a load of short bursts is judged by their mean and not by
// the last few reads. A consumer has kept the server waiting when a read behind its own work finds plenty, without
// waiting: the way from the server was full, and a reader beside it would have emptied it. Without that a reader saves
// nothing, however slow the consumer is; where the work is the shorter part, it saves less than its wake-ups cost. On one
// processor nothing is computed beside the consumer: there it stays with pull.
//
// What it decides follows from the number of processors and from what it is told; it looks at no clock and at no stream. It
// belongs to the consumer.
type policy struct {
	disabled   bool          // another mode was asked for, or there is one processor
	largest    int           // bytes of the largest read seen
	backlogged int           // reads that found the server kept waiting, since the sums last said that the consumer is fast
	filled     moment        // when the last fill of pull returned, or the last wait for the reader
	work       time.Duration // of the consumer on what the last read brought
	worked     time.Duration // the sums: of the consumer's work,
	waited     time.Duration // and of its reads, or its waits for the reader
}

const (
	patience = 4                     // reads that found the server kept waiting start the reader
	plenty   = 64 << 10              // bytes of a read that are plenty, however much larger others were
	window   = 20 * time.Millisecond // of work and waits, over which the sums are judged
)

// begin is called once, before anything else. processors is how many there are; 0: as many as the runtime uses.
func (a *policy) begin(mode ReadAhead, processors int) {
	a.filled = never
	if a.disabled = mode != ReadAheadAuto; a.disabled {
		return
	}
	if processors == 0 {
		processors = runtime.GOMAXPROCS(0)
	}
	a.disabled = processors == 1
}

// observe looks at a fill of pull, the first one after the consumer's own work, and says whether to start the reader.
func (a *policy) observe(f *feed.Fill, began, ended moment) bool {
	if a.disabled {
		return false
	}
	if a.filled != never {
		a.work += began.sub(a.filled)
	}
	a.filled = ended
	if f.Read == 0 {
		return false // more of what the last read brought
	}
	a.largest = max(a.largest, f.Read)
	read := ended.sub(began)
	if !f.Waited && f.Read >= min(plenty, a.largest/2) && !fast(a.work, read) {
		a.backlogged++
	}
	a.add(a.work, read)
	a.work = 0
	if a.backlogged < patience || fast(a.worked, a.waited) {
		return false
	}
	a.reset(ended)
	return true
}

// fast says that the work is too short a part for a reader to be worth its wake-ups.
func fast(work, read time.Duration) bool { return work < read }

// add adds to the sums. What is older than a window counts half.
func (a *policy) add(work, wait time.Duration) {
	a.worked += work
	a.waited += wait
	if a.worked+a.waited > window {
		if fast(a.worked, a.waited) {
			a.backlogged = 0
		}
		a.worked, a.waited = a.worked/2, a.waited/2
	}
}

// reset begins anew at a change of who fills.
func (a *policy) reset(at moment) {
	a.filled, a.work, a.worked, a.waited, a.backlogged = at, 0, 0, 0, 0
}

// waitedFor notes a wait for the reader.
func (a *policy) waitedFor(began, ended moment) {
	a.add(began.sub(a.filled), ended.sub(began))
	a.filled = ended
}

// hungry says, before a wait for the reader, whether to go back to pull.
func (a *policy) hungry() bool {
	return !a.disabled && a.worked+a.waited >= window/2 && a.waited > 2*a.worked
}
