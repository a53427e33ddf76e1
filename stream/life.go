package stream

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// phase is the phase of a stream's life. Its two sides end at different times: the query may end while its rows wait
// for the consumer, and the consumer may leave while the source is still being stopped.
type phase uint32

const (
	flowing  phase = iota // rows may come
	finished              // the query has ended by itself; rows may be left to take
	failing               // the background reader has given up and is stopping the source; rows may be left to take
	stopped               // it has given up, and the source was stopped; rows may be left to take
	leaving               // no further row is handed out; the goroutine that ended the stream gives the source back
	waiting               // no further row is handed out; the background reader is still stopping the source
	released              // the source was given back or stopped; the end is being recorded
	ended                 // all activity of the stream is over
)

var phaseNames = [...]string{
	flowing: "flowing", finished: "finished", failing: "failing", stopped: "stopped", leaving: "leaving",
	waiting: "waiting", released: "released", ended: "ended",
}

func (p phase) String() string { return phaseNames[p] }

// transitions lists the phases that may follow each phase.
var transitions = [...][]phase{
	flowing:  {finished, failing, leaving},
	finished: {leaving},
	failing:  {stopped, waiting},
	stopped:  {released},
	leaving:  {released},
	waiting:  {released},
	released: {ended},
	ended:    {},
}

// may reports whether the phase may change from p to the given one.
func (p phase) may(to phase) bool { return slices.Contains(transitions[p], to) }

// cause is what ended a stream for its consumer. The first cause counts.
type cause uint8

const (
	causeEnd     cause = iota // the consumer took the last row, or reached the error after it
	causeClose                // Close before the end
	causeCancel               // Cancel or CancelTimeout
	causeContext              // the query's context ended
	causeFailure              // a limit, a timeout, an invalid row, or the connection closed under the stream
)

// life is the phase of a stream, and how it ended. The phase changes under mu and may be read by any goroutine; each of
// the other fields is written once, before the first phase named in its comment begins, and may be read without mu from
// that phase on.
type life struct {
	mu    sync.Mutex
	phase atomic.Uint32

	cause cause // leaving, waiting, released
	last  error // finished, failing: what follows the last row
	err   error // leaving, waiting, released: what Err returns
	stop  error // released: what Stop of the source returned

	// done is closed when the phase ended begins. It is nil until over is called before that, and guarded by mu.
	done chan struct{}
}

func (l *life) now() phase { return phase(l.phase.Load()) }

// halted reports whether no further row will be handed out.
func (l *life) halted() bool { return l.now() >= leaving }

// exhausted reports whether no further row will be published.
func (l *life) exhausted() bool { return l.now() >= finished }

// move changes the phase. The caller holds l.mu.
func (l *life) move(to phase) {
	if from := l.now(); !from.may(to) {
		panic(fmt.Sprintf("BUG: stream: %v to %v", from, to))
	}
	l.phase.Store(uint32(to))
}

// exhaust ends the producing side, in the phase finished or failing. It reports whether it did so: if the consuming
// side has ended before, it changes nothing.
func (l *life) exhaust(to phase, err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now() != flowing {
		return false
	}
	l.last = err
	l.move(to)
	return true
}

// leave ends the consuming side. from is the phase before; first is false if it had already ended.
func (l *life) leave(c cause, err error) (from phase, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from = l.now()
	if from >= leaving {
		return from, false
	}
	l.cause, l.err = c, err
	switch from {
	case failing:
		l.move(waiting)
	case stopped:
		l.move(released)
	default:
		l.move(leaving)
	}
	return from, true
}

// release records that the source was given back, or that its Stop returned err. It is called once. last means that the
// consuming side has ended too, so the caller must retire the stream.
func (l *life) release(err error) (last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop = err
	if l.now() == failing {
		l.move(stopped)
		return false
	}
	l.move(released)
	return true
}

// end begins the phase ended, and wakes all who wait for it.
func (l *life) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.move(ended)
	if l.done != nil {
		close(l.done)
	}
}

// closed is the channel that over returns after the end.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// over returns a channel that is closed when the phase ended begins.
func (l *life) over() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.now() == ended:
		return closed
	case l.done == nil:
		l.done = make(chan struct{})
	}
	return l.done
}
