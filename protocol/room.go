package protocol

import "github.com/fraiseql/fraiseql-wire-go/internal/invariants"

// makeRoom provides at least one byte, and usually many, for More to read into, or returns ErrNoSlab.
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

// rewind moves the unfinished frame to the start of the current slab. It replaces a slab that has become too small,
// and a buffer that was made for one large frame. REQUIRES: no row in it is in use.
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

// nextSlab makes another slab the current one, and retires the old one until its rows are given back.
func (r *Reader) nextSlab() error {
	tail := r.buf[r.r:r.w]
	if r.slabs.held+len(r.buf)+r.slabs.size > r.slabs.budget {
		return ErrNoSlab
	}
	r.slabs.retire(slab{buf: r.buf, last: r.last})
	r.use(tail)
	return nil
}

// grow makes room for a frame that fills the current buffer and is not complete: see grown. REQUIRES: r.r == 0, so
// that no row is in the buffer.
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

// wholeFrom is the part of a frame that must have come before its buffer is made whole: an eighth. What a server only
// claims may cost eight times what it has sent, and a large row costs little above itself, because the buffers before
// the last one are small.
const wholeFrom = 8

// grown is the size of the next buffer for a frame of total bytes, of which the current buffer is full; total is 0 if
// its length has not come. The next buffer is a large slab, then one that an earlier frame of this query has left,
// then four times the current one up to an eighth of the frame, and then the whole frame.
func (r *Reader) grown(total int) int {
	have, large := len(r.buf), r.slabs.large
	switch {
	case total > large && total <= len(r.slabs.spareLarge):
		return total
	case have < large:
		return large
	case have >= total/wholeFrom:
		return total
	}
	return min(4*have, total/wholeFrom)
}

// use makes another slab the current one, with the unscanned tail at its start, and forgets the old one. REQUIRES:
// len(tail) < r.slabs.size, which holds for the tail behind a row or message, because slabs never become smaller.
func (r *Reader) use(tail []byte) {
	r.buf = r.slabs.take()
	r.w = copy(r.buf, tail)
	r.r, r.clean, r.last = 0, 0, 0
}
