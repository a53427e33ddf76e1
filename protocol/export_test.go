package protocol

import "io"

// Sizes of slabs, for tests that count them.
const (
	SmallSlab = smallSlab
	LargeSlab = largeSlab
	GrowAfter = growAfter
)

// NewSmallReader returns a Reader with slabs of other sizes, so that a few bytes fill many, and a budget to go with
// them.
func NewSmallReader(src io.Reader, limits Limits, small, large, budget int) *Reader {
	r := NewReader(src, limits)
	r.slabs = newSlabs(small, large)
	r.slabs.budget = budget
	return r
}

// Capacity is the size of all buffers that r keeps alive itself, in use or not.
func (r *Reader) Capacity() int {
	n := r.slabs.held + len(r.buf)
	for _, b := range r.slabs.spare {
		n += len(b)
	}
	return n
}

// Aliased is the number of bytes of bodies that d still knows of.
func (d *Decoder) Aliased() int {
	n := len(d.commandComplete.CommandTag)
	for _, f := range d.rowDescription.Fields[:cap(d.rowDescription.Fields)] {
		n += len(f.Name)
	}
	return n
}
