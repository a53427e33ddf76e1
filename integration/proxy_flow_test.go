package integration_test

import (
	"sync"
	"time"
)

// flow is the bytes of one connection that go one way.
type flow struct {
	relay    *relay
	link     *relayed
	from, to socket

	mu      sync.Mutex
	ordered chan struct{} // closed by the next order
	harm    harm
	passed  int  // bytes since the harm was ordered
	met     bool // its ending has come about
}

// order sets what is done to the flow. An ending that is due at once does not wait for the next byte.
func (f *flow) order(h harm) {
	f.mu.Lock()
	f.harm, f.passed = h, 0
	close(f.ordered)
	f.ordered = make(chan struct{})
	f.mu.Unlock()
	if h.after <= 0 && h.end != goesOn && h.end != hole {
		f.finish(h.end)
	}
}

// run moves bytes until the flow ends. Its own end is passed on like the bytes; a broken socket breaks both.
func (f *flow) run() {
	buf := make([]byte, 32<<10)
	for {
		n, err := f.from.Read(buf)
		if !f.write(buf[:n]) {
			return
		}
		if err == nil {
			continue
		}
		if _, _, ok := f.next(0); ok {
			f.to.CloseWrite() // it may be closed already
		}
		return
	}
}

// write moves data on, piece by piece; false means that the flow is over.
func (f *flow) write(data []byte) bool {
	for len(data) > 0 {
		size, wait, ok := f.next(len(data))
		if !ok || !f.sleep(wait) {
			return false
		}
		if _, err := f.to.Write(data[:size]); err != nil {
			f.link.reset()
			return false
		}
		data = data[size:]
	}
	f.mu.Lock()
	h, passed := f.harm, f.passed
	f.mu.Unlock()
	if h.end == goesOn || h.end == hole || passed < h.after {
		return true
	}
	f.finish(h.end)
	return false
}

// next is the size of the next piece of n bytes, and how long to wait before it. It waits while nothing may pass; ok is
// false when nothing will any more.
func (f *flow) next(n int) (size int, wait time.Duration, ok bool) {
	for {
		f.mu.Lock()
		h, passed, ordered := f.harm, f.passed, f.ordered
		due := h.end != goesOn && passed >= h.after
		f.met = f.met || due
		if !due {
			size = h.piece(n, passed)
			f.passed += size // before they go: who has seen them may give the next order
		}
		f.mu.Unlock()
		switch {
		case !due:
			wait = h.delay
			if h.rate > 0 {
				wait += time.Duration(size) * time.Second / time.Duration(h.rate)
			}
			return size, wait, true
		case h.end != hole:
			f.finish(h.end)
			return 0, 0, false
		}
		select {
		case <-ordered:
		case <-f.relay.stopped:
			return 0, 0, false
		}
	}
}

// piece is how many of n bytes go at once.
func (h harm) piece(n, passed int) int {
	if h.pieces != nil {
		n = min(n, h.pieces())
	}
	if h.rate > 0 {
		n = min(n, max(1, h.rate/100))
	}
	if h.end != goesOn {
		n = min(n, h.after-passed)
	}
	return n
}

// finish makes an ending come about.
func (f *flow) finish(end ending) {
	f.mu.Lock()
	f.met = true
	f.mu.Unlock()
	switch end {
	case halfClose:
		f.to.CloseWrite() // it may be closed already
	case shutDown:
		f.link.close()
	case reset:
		f.link.reset()
	}
}

// sleep waits between two pieces; false means that the relay was stopped.
func (f *flow) sleep(d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-f.relay.stopped:
		return false
	}
}
