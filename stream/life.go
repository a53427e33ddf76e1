package stream

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// phase is how far a stream has come. Its two sides end at different times: the query may be over while its rows wait for
// the consumer, and the consumer may be gone while the source is still being stopped.
type phase uint32

const (
	flowing  phase = iota // rows may come
	finished              // the query has ended by itself; rows may be left to take
	failing               // the background reader has given up and is stopping the source; rows may be left to take
	stopped               // it has given up, and the source was stopped; rows may be left to take
	leaving               // no further row is handed out; whoever ended the stream gives the source back
	waiting               // no further row is handed out; the background reader is still stopping the source
	released              // the source was given back or stopped; the end is being recorded
	ended                 // nothing of the stream goes on
)

var phaseNames = [...]string{
	flowing: "flowing", finished: "finished", failing: "failing", stopped: "stopped", leaving: "leaving",
	waiting: "waiting", released: "released", ended: "ended",
}

func (p phase) String() string { return phaseNames[p] }

// transitions are all legal changes of phase.
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

// may says whether a stream in phase p may go on to another.
func (p phase) may(to phase) bool { return slices.Contains(transitions[p], to) }

// cause says what ended a stream for its consumer: whoever comes first.
type cause uint8

const (
	causeEnd     cause = iota // the consumer took the last row, or met the error behind it
	causeClose                // Close before the end
	causeCancel               // Cancel or CancelTimeout
	causeContext              // the query's context ended
	causeFailure              // a limit, a timeout, a row that is no JSON, the connection closed under the stream
)

// life is the phase of a stream, and what is known of its end. The phase changes under mu and may be read by any
// goroutine; each of the other fields is written once, before the phase that is named with it, and may be read from that
// phase on without mu.
type life struct {
	mu    sync.Mutex
	phase atomic.Uint32

	last  error // finished, failing: what follows the last row
	cause cause // leaving, waiting, released
	err   error // leaving, waiting, released: what Err says
	stop  error // released: what Stop of the source said

	done chan struct{} // closed in the phase ended
}

func (l *life) now() phase { return phase(l.phase.Load()) }

// halted says that no further row is handed out.
func (l *life) halted() bool { return l.now() >= leaving }

// exhausted says that no further row is published.
func (l *life) exhausted() bool { return l.now() >= finished }

// move changes the phase. The caller holds l.mu.
func (l *life) move(to phase) {
	if from := l.now(); !from.may(to) {
		panic(fmt.Sprintf("BUG: stream: %v to %v", from, to))
	}
	l.phase.Store(uint32(to))
}

// exhaust ends the producing side, in the phase finished or failing. It says whether it did: the consuming side may have
// ended before, and nobody asks any more.
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

// leave ends the consuming side. from is the phase before; first is false where it had ended already.
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

// release notes that the source was given back, or stopped with that error. It is called once. last says that the
// consuming side has ended too, so that the caller is the one to retire the stream.
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

// end tells everybody who waits that nothing of the stream goes on.
func (l *life) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.move(ended)
	close(l.done)
}
