package protocol

import (
	"errors"
	"fmt"
	"io"

	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
)

// maxEmptyReads is how many times running a source may return neither bytes nor an error.
const maxEmptyReads = 100

// Reader reads frames from a source into slabs and hands them out in place. It is for one goroutine at a time.
//
// The loop around it: Rows (or Message, or Skip) until it says NeedMore, then one More. An error of More that is a
// timeout loses nothing: wherever in a frame it came, the next More reads on.
type Reader struct {
	src    io.Reader
	limits Limits
	slabs  slabs

	buf  []byte // the current slab: what More reads into; nil before the first read
	r, w int    // buf[r:w] was read and not yet scanned
	skip int    // bytes still to come of a row that Skip has dropped; then r == w
	long longText
	need int // see Need

	rows  uint64 // handed out since NewQuery
	freed uint64 // of these, given back
	last  uint64 // rows handed out at the last row in buf
	clean int    // buf[clean:r] holds nothing but rows: what Free may poison

	readErr    error // came with bytes; it is the next More's
	emptyReads int   // reads running that brought nothing
	fullReads  int   // reads running that left no room behind them
}

// NewReader returns a Reader on src, which may be nil where only MoreFrom is used. It allocates its first slab at the
// first More.
func NewReader(src io.Reader, limits Limits) *Reader {
	return &Reader{src: src, limits: limits.withDefaults(), slabs: newSlabs(smallSlab, largeSlab)}
}

// SetSource reads on from src, after a TLS handshake over the old source. Bytes that came before it were not protected:
// if there are any, that is an error, and the connection must be closed (CVE-2021-23222).
func (r *Reader) SetSource(src io.Reader) error {
	if !r.Between() {
		return malformed(0, "%d bytes came unprotected before the TLS handshake", r.Buffered())
	}
	r.src, r.readErr, r.emptyReads = src, nil, 0
	return nil
}

// SetBudget sets how many bytes of slabs may be in use before More returns ErrNoSlab; at least MinBudget. A frame
// larger than that is still read, once all rows before it are given back.
func (r *Reader) SetBudget(bytes int) { r.slabs.budget = max(bytes, 2*r.slabs.large) }

// Budget is the budget in force, in bytes.
func (r *Reader) Budget() int { return r.slabs.budget }

// Buffered is the number of bytes read and not yet scanned.
func (r *Reader) Buffered() int { return r.w - r.r }

// Between reports whether all that was read has been scanned, and ends where a frame ends.
func (r *Reader) Between() bool { return r.Buffered() == 0 && r.skip == 0 && r.long.left == 0 }

// Need is the size in bytes of the row for which Rows returned NoRoom.
func (r *Reader) Need() int { return r.need }

// Held is the number of bytes of slabs in use: those of rows handed out and not given back, and the unscanned bytes.
func (r *Reader) Held() int {
	if r.last > r.freed {
		return r.slabs.held + r.w
	}
	return r.slabs.held + r.w - r.r
}

// More is MoreFrom with the Read of the source that NewReader was given.
func (r *Reader) More() (n int, err error) { return r.MoreFrom(r.src.Read) }

// MoreFrom calls read exactly once, to read into the current slab or another one. It returns ErrNoSlab, without a
// call, when there is no room for another byte. At the source's end it returns io.EOF between two frames and
// io.ErrUnexpectedEOF within one; io.ErrNoProgress after 100 reads running that brought nothing. An error that came
// with bytes is kept for the next More. REQUIRES: the frame in front is incomplete (Rows, Message or Skip has said
// so).
func (r *Reader) MoreFrom(read func(p []byte) (int, error)) (n int, err error) {
	if err := r.readErr; err != nil {
		r.readErr = nil
		return 0, r.ended(err)
	}
	if err := r.makeRoom(); err != nil {
		return 0, err
	}
	space := r.buf[r.w:]
	n, err = read(space)
	switch {
	case n < 0 || n > len(space):
		return 0, fmt.Errorf("the connection's Read returned %d for a buffer of %d bytes", n, len(space))
	case n == 0 && err != nil:
		r.emptyReads = 0
		return 0, r.ended(err)
	case n == 0:
		if r.emptyReads++; r.emptyReads >= maxEmptyReads {
			r.emptyReads = 0
			return 0, io.ErrNoProgress
		}
		return 0, nil
	}
	r.emptyReads = 0
	r.w += n
	switch {
	case n < len(space):
		r.fullReads = 0
	case n >= r.slabs.small/2:
		if r.fullReads++; r.fullReads >= growAfter {
			r.slabs.size = r.slabs.large
		}
	}
	if err != nil && !isTimeout(err) {
		r.readErr = err
	}
	return n, nil
}

// ended returns what an error of the source means at this point of the stream.
func (r *Reader) ended(err error) error {
	if err == io.EOF && !r.atBoundary() {
		return io.ErrUnexpectedEOF
	}
	return err
}

// atBoundary reports whether what was read ends where a frame ends.
func (r *Reader) atBoundary() bool {
	if r.skip > 0 || r.long.left > 0 {
		return false
	}
	at := r.r
	for at < r.w {
		f, ok, err := r.limits.parseFrame(r.buf[at:r.w])
		if err != nil || !ok {
			return false
		}
		at += f.total
	}
	return at == r.w
}

// isTimeout reports whether err is a timeout in the sense of net.Error. It comes again as long as the deadline stands.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// Free gives back the first rows of those handed out since NewQuery, so that their slabs may be used again. A number
// below an earlier one changes nothing.
func (r *Reader) Free(rows uint64) {
	if rows <= r.freed {
		return
	}
	r.freed = rows
	if len(r.slabs.retired) > 0 {
		r.slabs.release(rows)
	}
	if invariants.On && r.freed >= r.last {
		invariants.Poison(r.buf[r.clean:r.r])
		r.clean = r.r
	}
}

// NewQuery counts rows from zero again, and gives up memory that only the last query needed. REQUIRES: all rows were
// given back, or Abandon.
func (r *Reader) NewQuery() {
	if r.freed < r.rows {
		if invariants.On {
			panic("BUG: protocol: a query begins while rows of the last one are in use")
		}
		r.Abandon()
	}
	r.rows, r.freed, r.last = 0, 0, 0
	if len(r.buf) > r.slabs.large {
		r.rewind()
	}
	r.slabs.trim()
}

// Abandon leaves the memory of all rows handed out and not given back to the garbage collector: it is neither used
// again nor overwritten, so that whoever still holds a row may read it. The unscanned bytes move to a fresh buffer.
func (r *Reader) Abandon() {
	r.slabs.abandon()
	if r.last > r.freed {
		tail := r.buf[r.r:r.w]
		r.buf = nil
		r.use(tail)
	}
	r.freed = r.rows
}
