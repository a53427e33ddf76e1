package stream

import (
	"sync/atomic"
	"time"
)

// auto decides, under ReadAheadAuto, who fills the ring. It begins with pull, which costs a fast consumer and a small
// query nothing.
//
//	        the consumer is slow, several reads running
//	pull  ------------------------------------------------>  read-ahead
//	      <------------------------------------------------
//	        the ring runs empty, several times running
//
// A consumer is slow when its own work on what a read brought took longer than the read, and the next read then finds
// plenty, without waiting: it has kept the server waiting, and a reader beside it would not have. Where the work is the
// shorter part, a reader could save less than its wake-ups cost, however fast the server is.
//
// Each change back makes the next start take twice as many reads, so that a load that changes all the time is left in
// pull. Everything here belongs to the consumer but recede.
type auto struct {
	off      bool          // another mode was asked for
	patience int           // reads running that start the reader
	largest  int           // bytes of the largest read seen
	slow     int           // reads running that found the consumer slow
	starved  int           // waits running for a reader that had nothing
	filled   time.Time     // when the last fill of pull returned
	work     time.Duration // of the consumer on what the last read brought
	recede   atomic.Bool   // the reader is to give the filling back; any goroutine
}

const (
	firstPatience = 4
	maxPatience   = 64
	plenty        = 64 << 10 // bytes of a read that are plenty, however much larger others were
	starvation    = 8        // waits running that end the read-ahead
)

// observe looks at a fill of pull, the first one after the consumer's own work, and says whether to start the reader.
func (a *auto) observe(f *Fill, began, ended time.Time) bool {
	if a.off {
		return false
	}
	if !a.filled.IsZero() {
		a.work += began.Sub(a.filled)
	}
	a.filled = ended
	if f.Read == 0 {
		return false // more of what the last read brought
	}
	a.largest = max(a.largest, f.Read)
	if f.Waited || f.Read < min(plenty, a.largest/2) || a.work < ended.Sub(began) {
		a.slow = 0
	} else {
		a.slow++
	}
	a.work = 0
	if a.slow < a.patience {
		return false
	}
	a.slow, a.starved = 0, 0
	return true
}

// hungry counts a wait for the reader, and says whether to go back to pull.
func (a *auto) hungry() bool {
	if a.off {
		return false
	}
	if a.starved++; a.starved < starvation {
		return false
	}
	a.patience = min(2*a.patience, maxPatience)
	a.starved = 0
	return true
}

// fed: rows were there without a wait.
func (a *auto) fed() { a.starved = 0 }

// recedeReader asks the background reader to give the filling back, and waits until it has.
func (s *Stream) recedeReader() {
	s.auto.recede.Store(true)
	s.src.Interrupt()
	wake(s.wakeReader)
	for s.reading.Load() {
		<-s.wakeConsumer
	}
	s.auto.recede.Store(false)
	s.auto.filled, s.auto.work = time.Time{}, 0
}
