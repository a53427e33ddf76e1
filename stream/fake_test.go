package stream_test

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// fakeSource is a server in memory: rows arrive through send, in the bursts that the test chooses, and the query ends
// with finish. It fulfils the contract of feed.Source, and checks that the stream does too: calls that belong to the
// holder of the fill token must not overlap. The memory of rows that were given back is overwritten at once.
type fakeSource struct {
	mu          sync.Mutex
	busy        bool // a token holder's call is under way
	violations  []string
	arrived     [][]byte
	lent        [][]byte // rows handed out, by row number; nil once given back
	freed       uint64
	ended       bool
	endErr      error
	broken      bool
	interrupted bool
	deadline    time.Time
	over        string // "done" or "stop" once the source was given back
	stopErr     error
	aborted     bool
	changed     chan struct{} // closed and replaced at every change that a blocked Fill must see

	stopGate  chan struct{} // if not nil, Stop waits for it
	abortGate chan struct{}
	maxRoom   int // the largest Room passed to Fill
	fills     int

	held, heldMax int // what Fill reports about the read buffers
}

func newFake() *fakeSource {
	return &fakeSource{changed: make(chan struct{}), abortGate: make(chan struct{})}
}

// rows makes n small documents, numbered from i.
func rows(i, n int) [][]byte {
	out := make([][]byte, n)
	for k := range out {
		out[k] = fmt.Appendf(nil, `{"n":%d}`, i+k)
	}
	return out
}

func (f *fakeSource) notify() { close(f.changed); f.changed = make(chan struct{}) }

func (f *fakeSource) send(rows ...[]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.arrived = append(f.arrived, rows...)
	f.notify()
}

func (f *fakeSource) hold(bytes, of int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held, f.heldMax = bytes, of
}

func (f *fakeSource) finish(err error) { f.terminate(err, false) }
func (f *fakeSource) die(err error)    { f.terminate(err, true) }

func (f *fakeSource) terminate(err error, broken bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended, f.endErr, f.broken = true, err, broken
	f.notify()
}

func (f *fakeSource) violate(format string, args ...any) {
	f.violations = append(f.violations, fmt.Sprintf(format, args...))
}

// enter and leave check that calls under the token do not overlap.
func (f *fakeSource) enter(call string) {
	f.mu.Lock()
	if f.busy {
		f.violate("%s while another call of the token's holder is under way", call)
	}
	if f.over != "" {
		f.violate("%s after %s", call, f.over)
	}
	f.busy = true
}

func (f *fakeSource) leave() { f.busy = false; f.mu.Unlock() }

func (f *fakeSource) Fill(fill *feed.Fill) {
	f.enter("Fill")
	defer f.leave()
	f.fills++
	fill.N, fill.Bytes, fill.Err, fill.Need, fill.Read, fill.Waited = 0, 0, nil, 0, 0, false
	fill.Held, fill.HeldMax = f.held, f.heldMax
	f.maxRoom = max(f.maxRoom, fill.Room)
	f.free(fill.Freed)
	for {
		switch {
		case len(f.arrived) > 0:
			f.hand(fill)
			return
		case f.ended && f.broken:
			fill.Outcome, fill.Err = feed.Broken, f.endErr
			return
		case f.ended:
			fill.Outcome, fill.Err = feed.Ended, f.endErr
			return
		case f.interrupted, !f.deadline.IsZero() && !time.Now().Before(f.deadline):
			fill.Outcome = feed.Interrupted
			return
		}
		f.block()
		fill.Waited = true
	}
}

// block waits for a change or the deadline, without the mutex.
func (f *fakeSource) block() {
	changed := f.changed
	var timeout <-chan time.Time
	if !f.deadline.IsZero() {
		timer := time.NewTimer(time.Until(f.deadline))
		defer timer.Stop()
		timeout = timer.C
	}
	f.mu.Unlock()
	select {
	case <-changed:
	case <-timeout:
	}
	f.mu.Lock()
}

func (f *fakeSource) hand(fill *feed.Fill) {
	if len(fill.Rows) == 0 {
		f.violate("Fill without a free slot")
	}
	for len(f.arrived) > 0 && fill.N < len(fill.Rows) {
		row := f.arrived[0]
		if fill.Room >= 0 && fill.Bytes+len(row) > fill.Room {
			fill.Outcome, fill.Need = feed.NoRoom, len(row)
			return
		}
		f.arrived = f.arrived[1:]
		f.lent = append(f.lent, row)
		fill.Rows[fill.N] = row[:len(row):len(row)]
		fill.N++
		fill.Bytes += len(row)
	}
	fill.Read = fill.Bytes
	fill.Outcome = feed.Progress
}

func (f *fakeSource) free(upTo uint64) {
	if upTo < f.freed || upTo > uint64(len(f.lent)) {
		f.violate("rows given back: %d after %d, of %d", upTo, f.freed, len(f.lent))
		return
	}
	for ; f.freed < upTo; f.freed++ {
		for i := range f.lent[f.freed] {
			f.lent[f.freed][i] = 0xDB
		}
		f.lent[f.freed] = nil
	}
}

func (f *fakeSource) Interrupt() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.interrupted = true
	f.notify()
}

func (f *fakeSource) Clear() {
	f.enter("Clear")
	defer f.leave()
	f.interrupted = false
}

func (f *fakeSource) SetDeadline(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.deadline = t
	f.notify()
}

func (f *fakeSource) Stop() error {
	f.enter("Stop")
	defer f.leave()
	f.interrupted = false
	if gate := f.stopGate; gate != nil {
		f.mu.Unlock()
		select {
		case <-gate:
		case <-f.abortGate:
		}
		f.mu.Lock()
	}
	f.over = "stop"
	return f.stopErr
}

func (f *fakeSource) Abort() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.aborted {
		f.aborted = true
		f.stopErr = errors.New("aborted")
		close(f.abortGate)
	}
}

func (f *fakeSource) Done() {
	f.enter("Done")
	defer f.leave()
	if !f.ended {
		f.violate("Done before the end")
	}
	f.free(uint64(len(f.lent)))
	f.over = "done"
}

// state returns how the source was given back, and what the stream did wrong.
func (f *fakeSource) state() (over string, violations []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.over, f.violations
}
