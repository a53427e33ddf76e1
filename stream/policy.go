package stream

import (
	"runtime"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// policy decides, under ReadAheadAuto, which goroutine fills the ring. It begins with pull, which costs a fast consumer
// and a small query nothing.
//
//	        the consumer works as long as it reads or longer, and has kept the server waiting
//	pull  ------------------------------------------------------------------------------------> read-ahead
//	      <------------------------------------------------------------------------------------
//	        the consumer waits for the reader at least twice as long as it works
//
// Both times are summed over the last window or two, so that a load of short bursts is judged by its mean and not by
// the last few reads. A consumer has kept the server waiting if the read after its own work returns much data without
// blocking: the socket's buffers were full, and a background reader would have emptied them. If not, a reader saves
// nothing, however slow the consumer is; and if the work takes less time than the reads, a reader saves less than its
// wake-ups cost. With one processor nothing can run beside the consumer, so the policy stays with pull.
//
// The decision depends only on the number of processors and on what the policy was passed; it reads no clock and no
// stream. The policy belongs to the consumer.
type policy struct {
	disabled   bool          // another mode was set, or there is only one processor
	processors int32         // 0: as many as the runtime uses
	largest    int           // bytes of the largest read seen
	backlogged int           // reads that found the server kept waiting, since the sums last showed a fast consumer
	filled     moment        // when the last fill of pull, or the last wait for the reader, returned
	work       time.Duration // the consumer's, on what the last read brought
	worked     time.Duration // sum of the consumer's work
	waited     time.Duration // sum of its reads, or of its waits for the reader
}

const (
	patience = 4                     // how many reads that found the server kept waiting start the reader
	plenty   = 64 << 10              // bytes of a read that always count as much data, even if other reads were larger
	window   = 20 * time.Millisecond // work and waits over which the sums are taken
)

// begin is called once, before anything else. processors is their number; 0: runtime.GOMAXPROCS.
func (a *policy) begin(mode ReadAhead, processors int32) {
	a.disabled, a.processors, a.filled = mode != ReadAheadAuto, processors, never
}

// alone reports whether there is only one processor. It is called only when a reader is about to be started, because
// runtime.GOMAXPROCS locks the scheduler.
func (a *policy) alone() bool {
	if a.processors != 0 {
		return a.processors == 1
	}
	return runtime.GOMAXPROCS(0) == 1
}

// observe takes account of a fill of pull, the first one after the consumer's own work, and reports whether to start
// the reader.
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
	a.disabled = a.alone()
	return !a.disabled
}

// fast reports whether the work is too short, compared with the reads, for a reader to be worth its wake-ups.
func fast(work, read time.Duration) bool { return work < read }

// add adds to the sums. Times older than a window count half.
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

// reset starts over when another goroutine begins to fill.
func (a *policy) reset(at moment) {
	a.filled, a.work, a.worked, a.waited, a.backlogged = at, 0, 0, 0, 0
}

// waitedFor records a wait for the reader.
func (a *policy) waitedFor(began, ended moment) {
	a.add(began.sub(a.filled), ended.sub(began))
	a.filled = ended
}

// hungry reports, before a wait for the reader, whether to go back to pull.
func (a *policy) hungry() bool {
	return !a.disabled && a.worked+a.waited >= window/2 && a.waited > 2*a.worked
}
