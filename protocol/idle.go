package protocol

import (
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
)

// Slabs that no Reader uses. Connections share them: one that waits for its next query has none, and a query takes
// one that another has just left, which the processor's caches still know. What nobody takes for two garbage
// collections is freed.
var idleSmall, idleLarge sync.Pool

// takeIdle returns a slab that another Reader has left, or a new one.
func takeIdle(size int) []byte {
	switch size {
	case smallSlab:
		if buf, ok := idleSmall.Get().(*[smallSlab]byte); ok {
			return buf[:]
		}
	case largeSlab:
		if buf, ok := idleLarge.Get().(*[largeSlab]byte); ok {
			return buf[:]
		}
	}
	return make([]byte, size)
}

// leaveIdle offers a slab to other Readers. Buffers of other sizes are left to the garbage collector.
func leaveIdle(buf []byte) {
	invariants.Poison(buf)
	switch len(buf) {
	case smallSlab:
		idleSmall.Put((*[smallSlab]byte)(buf))
	case largeSlab:
		idleLarge.Put((*[largeSlab]byte)(buf))
	}
}

// Rest gives up all buffers until the next More, which takes one again. It does nothing while bytes wait to be
// scanned, or are still to come of a message that has begun. REQUIRES: all rows were given back, or Abandon.
func (r *Reader) Rest() {
	if r.w > r.r || r.skip > 0 || r.long.left > 0 || len(r.slabs.retired) > 0 {
		return
	}
	if invariants.On && r.freed < r.rows {
		panic("BUG: protocol: a Reader rests while rows are in use")
	}
	leaveIdle(r.buf)
	for i, spare := range r.slabs.spare {
		leaveIdle(spare)
		r.slabs.spare[i] = nil
	}
	r.slabs.spare, r.slabs.spareLarge = r.slabs.spare[:0], nil
	r.buf = nil
	r.r, r.w, r.clean, r.last = 0, 0, 0, 0
}
