package testbed

import (
	"io"
	"sync"
	"time"
)

// flow forwards the bytes of one connection in one direction.
type flow struct {
	proxy    *Proxy
	link     *link
	from, to socket

	mu      sync.Mutex
	ordered chan struct{} // closed by the next order
	harm    Harm
	passed  int  // bytes since the last order
	met     bool // whether its ending has taken effect
}

// order sets what happens to the flow. An ending that is due at once does not wait for the next byte.
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

// run forwards bytes until the flow ends. EOF is forwarded too; if one socket breaks, both are reset.
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

// write forwards data, piece by piece. It returns false if the flow has ended.
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

// lacking returns how many bytes are still missing before those that have to pass in one piece can pass.
func (f *flow) lacking() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.harm.Whole {
		n = max(0, f.harm.After-f.passed)
		f.passed += n
	}
	return n
}

// next returns the size of the next piece of n bytes, and how long to wait before it. It blocks while nothing may pass;
// ok is false if nothing will pass any more.
func (f *flow) next(n int) (size int, wait time.Duration, ok bool) {
	for {
		f.mu.Lock()
		h, passed, ordered := f.harm, f.passed, f.ordered
		due := h.End != Passes && passed >= h.After
		f.met = f.met || due
		if !due {
			size = h.piece(n, passed)
			f.passed += size // before they pass: whoever has received them may give the next order
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

// finish makes an ending take effect.
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

// sleep waits before a piece. It returns false if the proxy was stopped.
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
