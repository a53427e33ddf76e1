package testbed

import (
	"io"
	"sync"
	"time"
)

// flow is the bytes of one connection that go one way.
type flow struct {
	proxy    *Proxy
	link     *link
	from, to socket

	mu      sync.Mutex
	ordered chan struct{} // closed by the next order
	harm    Harm
	passed  int  // bytes since the harm was ordered
	met     bool // its ending has come about
}

// order sets what is done to the flow. An ending that is due at once does not wait for the next byte.
func (f *flow) order(h Harm) {
	f.mu.Lock()
	f.harm, f.passed = h, 0
	close(f.ordered)
	f.ordered = make(chan struct{})
	f.mu.Unlock()
	if h.After <= 0 && h.End != Passes && h.End != Hole {
		f.finish(h.End)
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
		if lacking := f.lacking(); lacking > 0 {
			more := make([]byte, lacking)
			if _, err := io.ReadFull(f.from, more); err != nil {
				f.link.reset()
				return false
			}
			data, size = append(data[:len(data):len(data)], more...), size+lacking
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
	if h.End == Passes || h.End == Hole || passed < h.After {
		return true
	}
	f.finish(h.End)
	return false
}

// lacking is how many bytes are still to come before those that are to pass as a whole can.
func (f *flow) lacking() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.harm.Whole {
		n = max(0, f.harm.After-f.passed)
		f.passed += n
	}
	return n
}

// next is the size of the next piece of n bytes, and how long to wait before it. It waits while nothing may pass; ok is
// false when nothing will any more.
func (f *flow) next(n int) (size int, wait time.Duration, ok bool) {
	for {
		f.mu.Lock()
		h, passed, ordered := f.harm, f.passed, f.ordered
		due := h.End != Passes && passed >= h.After
		f.met = f.met || due
		if !due {
			size = h.piece(n, passed)
			f.passed += size // before they go: who has seen them may give the next order
		}
		f.mu.Unlock()
		switch {
		case !due:
			wait = h.Delay
			if h.Rate > 0 {
				wait += time.Duration(size) * time.Second / time.Duration(h.Rate)
			}
			return size, wait, true
		case h.End != Hole:
			f.finish(h.End)
			return 0, 0, false
		}
		select {
		case <-ordered:
		case <-f.proxy.stopped:
			return 0, 0, false
		}
	}
}

// finish makes an ending come about.
func (f *flow) finish(end Ending) {
	f.mu.Lock()
	f.met = true
	f.mu.Unlock()
	switch end {
	case HalfClose:
		f.to.CloseWrite() // it may be closed already
	case ShutDown:
		f.link.close()
	case Reset:
		f.link.reset()
	}
}

// sleep waits between two pieces; false means that the proxy was stopped.
func (f *flow) sleep(d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-f.proxy.stopped:
		return false
	}
}
