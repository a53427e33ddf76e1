package protocol

import (
	"errors"

	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
)

const (
	smallSlab = 64 << 10  // the size that slabs start with
	largeSlab = 256 << 10 // the size they get once reads fill them

	// growAfter is how many reads running must fill their slab for the next to be a large one. A server that is only
	// ahead of a slow consumer, by what the sockets between them hold, does not fill as many.
	growAfter = 16

	// DefaultBudget is how many bytes of slabs a Reader holds at most, unless SetBudget says otherwise.
	DefaultBudget = 4 << 20
	// MinBudget is the least budget: two slabs, so that one can be read into while the rows of the other are in use.
	MinBudget = 2 * largeSlab

	// cheapMove is the most bytes of an unfinished frame that are moved before they must be, to make more room for a read.
	// Moving that many costs less than a read.
	cheapMove = 4 << 10
	// keptSpares is the number of slabs that a Reader keeps between two queries, besides the one it reads into.
	keptSpares = 1
	// keptLarge is the size, in bytes, up to which a buffer larger than a slab is kept until its query's end.
	keptLarge = 4 << 20
)

// ErrNoSlab means that there is no room to read into until rows are given back: the slab budget is spent on rows that
// were handed out, or the frames already read have not been scanned. Nothing is lost; More may be called again.
var ErrNoSlab = errors.New("read buffers are all in use: give rows back first")

// slab is one read buffer.
type slab struct {
	buf []byte
	// last is the count of rows handed out at the last row in buf: nobody uses buf once that many are given back.
	last uint64
}

// slabs holds the buffers of a Reader beside the one that it reads into.
type slabs struct {
	retired []slab   // full, with rows in use; oldest first, so that last never decreases
	held    int      // bytes of retired
	spare   [][]byte // free for use
	// spareLarge is the largest buffer above a slab, up to keptLarge, that a frame has left, or nil. Where there was
	// one large row, there are usually more.
	spareLarge []byte
	budget     int // bytes that may be held, the current slab included
	small      int // size that slabs start with
	large      int // size of slabs once reads fill them; a buffer above it is made for one frame
	size       int // size of the next slab
}

func newSlabs(small, large int) slabs {
	return slabs{budget: DefaultBudget, small: small, large: large, size: small}
}

// take returns a buffer of the present size.
func (s *slabs) take() []byte {
	for n := len(s.spare); n > 0; n-- {
		buf := s.spare[n-1]
		s.spare[n-1] = nil
		s.spare = s.spare[:n-1]
		if len(buf) == s.size {
			return buf
		}
	}
	return takeIdle(s.size)
}

// takeLarge returns a buffer above the size of a slab, a part of the spare one where that is enough. It holds one
// frame and no byte behind it.
func (s *slabs) takeLarge(size int) []byte {
	if len(s.spareLarge) < size {
		return make([]byte, size)
	}
	buf := s.spareLarge[:size]
	s.spareLarge = nil
	return buf
}

// put keeps a buffer that nobody uses any more, unless it is too small or too large.
func (s *slabs) put(buf []byte) {
	invariants.Poison(buf)
	switch whole := cap(buf); {
	case len(buf) == s.size:
		s.spare = append(s.spare, buf)
	case len(buf) > s.large && whole <= keptLarge && whole > len(s.spareLarge):
		s.spareLarge = buf[:whole]
	}
}

// retire keeps a buffer until its rows are given back.
func (s *slabs) retire(full slab) {
	s.retired = append(s.retired, full)
	s.held += len(full.buf)
}

// release frees the retired buffers whose rows are all among the first freed.
func (s *slabs) release(freed uint64) {
	n := 0
	for n < len(s.retired) && s.retired[n].last <= freed {
		s.held -= len(s.retired[n].buf)
		s.put(s.retired[n].buf)
		n++
	}
	if n > 0 {
		kept := copy(s.retired, s.retired[n:])
		clear(s.retired[kept:])
		s.retired = s.retired[:kept]
	}
}

// abandon leaves the retired buffers to the garbage collector, as they are.
func (s *slabs) abandon() {
	clear(s.retired)
	s.retired, s.held = s.retired[:0], 0
}

// trim gives up the spare buffers that a query needed and the next one probably does not.
func (s *slabs) trim() {
	s.spareLarge = nil
	if len(s.spare) > keptSpares {
		clear(s.spare[keptSpares:])
		s.spare = s.spare[:keptSpares]
	}
}
