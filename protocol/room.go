package protocol

import "github.com/fraiseql/fraiseql-wire-go/internal/invariants"

// makeRoom sees to it that More has at least one byte to read into, and usually many, or returns ErrNoSlab.
func (r *Reader) makeRoom() error {
	var (
		tail  = r.w - r.r
		space = len(r.buf) - r.w
		inUse = r.last > r.freed
	)
	switch {
	case r.buf == nil:
		r.use(nil)
	case !inUse && tail == 0, !inUse && tail <= cheapMove && r.r > 0:
		r.rewind()
	case space > 0 && (!inUse || tail > cheapMove || space >= len(r.buf)/16):
		// Read on where the last read ended.
	case inUse:
		if err := r.nextSlab(); err != nil && space == 0 {
			return err
		}
	case r.r > 0:
		r.rewind()
	default:
		return r.grow()
	}
	return nil
}

// rewind begins the current slab again: the unfinished frame moves to its start. A slab that is too small by now, and a
// buffer made for one large frame, are replaced. REQUIRES: no row in it is in use.
func (r *Reader) rewind() {
	tail := r.buf[r.r:r.w]
	if len(r.buf) != r.slabs.size && len(tail) < r.slabs.size {
		old := r.buf
		r.use(tail)
		r.slabs.put(old)
		return
	}
	if invariants.On {
		tail = append([]byte(nil), tail...)
		invariants.Poison(r.buf[:r.w])
	}
	r.w = copy(r.buf, tail)
	r.r, r.clean, r.last = 0, 0, 0
}

// nextSlab goes on in another slab and keeps the current one until its rows are given back.
func (r *Reader) nextSlab() error {
	tail := r.buf[r.r:r.w]
	if r.slabs.held+len(r.buf)+r.slabs.size > r.slabs.budget {
		return ErrNoSlab
	}
	r.slabs.retire(slab{buf: r.buf, last: r.last})
	r.use(tail)
	return nil
}

// grow makes room for a frame that fills the current buffer and is not complete. The new buffer is a large slab, then one
// that an earlier frame of this query has left, or at most twice what has been received and never more than the frame.
// REQUIRES: r.r == 0, so no row is in the buffer.
func (r *Reader) grow() error {
	f, ok, err := r.limits.parseFrame(r.buf)
	switch {
	case err != nil:
		return err
	case ok && f.total <= len(r.buf):
		return ErrNoSlab // a complete frame in front: it has to be scanned before more is read
	}
	size := r.grown(f.total)
	if len(r.slabs.retired) > 0 && r.slabs.held+size > r.slabs.budget {
		return ErrNoSlab
	}
	old := r.buf
	if size == r.slabs.large {
		r.slabs.size = size
		r.use(old)
	} else {
		r.buf = r.slabs.takeLarge(size)
		copy(r.buf, old)
	}
	r.slabs.put(old)
	return nil
}

// grown is the size of the buffer that comes after the current one, for a frame of total bytes; 0: its length has not come.
func (r *Reader) grown(total int) int {
	switch large := r.slabs.large; {
	case total > large && total <= len(r.slabs.spareLarge):
		return total
	case len(r.buf) < large:
		return large
	case len(r.buf) < total/2:
		return 2 * len(r.buf)
	}
	return total
}

// use makes another slab the current one, with the unscanned tail at its start, and forgets the old one. REQUIRES:
// len(tail) < r.slabs.size. That holds for the tail behind a row or message, as slabs never become smaller.
func (r *Reader) use(tail []byte) {
	r.buf = r.slabs.take()
	r.w = copy(r.buf, tail)
	r.r, r.clean, r.last = 0, 0, 0
}
