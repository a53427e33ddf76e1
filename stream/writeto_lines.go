package stream

import (
	"bytes"
	"io"
	"math"
	"net"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
)

const (
	// lineBuffer is how many bytes are collected for one Write. A larger buffer would not fit the processor's cache and
	// gain nothing.
	lineBuffer = 64 << 10
	// lentRow is the size from which a row is cheaper to pass to writev than to copy.
	lentRow = 8 << 10
	// lentBytes is how many bytes of rows are lent to one writev.
	lentBytes = 256 << 10
	// hugeRow is the size from which a row is lent to any writer, because a copy would double the memory that it uses.
	hugeRow = 1 << 20
)

var lineBuffers = sync.Pool{New: func() any { return new([lineBuffer]byte) }}

// lines collects rows as whole lines, or as elements of one array, and writes many at once. A line ends with a line
// break; in an array each row is preceded by a bracket or a comma, and line breaks between the tokens of a row are
// kept.
//
// Most rows are copied. A large row for a socket, and a huge one for any writer, is lent: parts refers to it between
// what was copied before and after it, and the row must stay valid until the next flush.
type lines struct {
	w       io.Writer
	written int64

	buf   []byte
	base  *[lineBuffer]byte // memory of buf, unless a larger row needed more; from lineBuffers
	lead  byte              // in an array, the byte before the next row; 0: lines are written
	split bool              // rows may contain line breaks, which must be replaced
	clean int               // number of bytes of buf already searched for line breaks
	ends  []int             // where the lines after those bytes end

	lendFrom int      // size in bytes from which a row is lent
	lent     int      // bytes lent since the last flush
	parts    [][]byte // for writev; does not include buf[named:]
	named    int
	out      net.Buffers // the parts not yet written; a field so that a flush does not allocate
}

const (
	// searchEvery is how many rows are searched for line breaks at once: two passes over all of them instead of two
	// over each.
	searchEvery = 64
	// searchBlock is how many bytes of a large row are searched at once: half the L1 data cache of common processors.
	searchBlock = 16 << 10
)

func newLines(w io.Writer, plain, split bool) *lines {
	l := &lines{w: w, split: split, lendFrom: math.MaxInt}
	if plain {
		l.lendFrom = hugeRow
		switch w.(type) {
		case *net.TCPConn, *net.UnixConn: // those whose net.Buffers are one writev
			l.lendFrom = lentRow
		}
	}
	return l
}

// newArray returns lines that write the elements of an array.
func newArray(w io.Writer, plain bool) *lines {
	l := newLines(w, plain, false)
	l.lead = '['
	return l
}

// close writes the end of an array.
func (l *lines) close() error {
	if l.base == nil {
		l.grow(len("[]"))
	}
	if l.lead == '[' {
		l.buf = append(l.buf, '[')
	}
	l.buf = append(l.buf, ']')
	return l.flush()
}

// fits reports whether row can be added without a flush.
func (l *lines) fits(row []byte) bool {
	if len(row) >= l.lendFrom {
		return l.lent+len(row) <= lentBytes && len(l.buf) < lineBuffer || l.lent == 0 && len(l.buf) == 0
	}
	return len(l.buf)+max(len(row), len(null)) < lineBuffer || len(l.buf) == 0
}

var null = []byte("null")

// add adds a line. REQUIRES: it fits.
func (l *lines) add(row []byte) {
	if len(row) >= l.lendFrom {
		l.lend(row)
		return
	}
	if row == nil {
		row = null
	}
	if len(l.buf)+len(row) >= cap(l.buf) {
		l.grow(len(row) + 1)
	}
	if !l.split {
		l.begin()
		l.buf = append(l.buf, row...)
		l.end()
		return
	}
	if len(row) >= lentRow {
		l.addLarge(row)
		return
	}
	l.buf = append(l.buf, row...)
	// The line ends once the search for other line breaks is done.
	l.ends = append(l.ends, len(l.buf))
	l.buf = append(l.buf, ' ')
	if len(l.ends) == searchEvery {
		l.search()
	}
}

// begin adds what precedes a row.
func (l *lines) begin() {
	if l.lead != 0 {
		l.buf = append(l.buf, l.lead)
		l.lead = ','
	}
}

// end adds what follows a row.
func (l *lines) end() {
	if l.lead == 0 {
		l.buf = append(l.buf, '\n')
	}
}

// addLarge searches a row for line breaks block by block while it is copied, so that it is loaded into the cache only
// once.
func (l *lines) addLarge(row []byte) {
	l.search()
	for len(row) > 0 {
		n, from := min(len(row), searchBlock), len(l.buf)
		l.buf = append(l.buf, row[:n]...)
		oneLine(l.buf[from:])
		row = row[n:]
	}
	l.buf = append(l.buf, '\n')
	l.clean = len(l.buf)
}

// grow makes buf large enough for one line. REQUIRES: buf is empty.
func (l *lines) grow(line int) {
	if l.base == nil {
		l.base = lineBuffers.Get().(*[lineBuffer]byte)
		l.buf = l.base[:0]
	}
	if line > cap(l.buf) {
		l.buf = make([]byte, 0, line+line/4)
	}
}

// lend adds a line without copying it.
func (l *lines) lend(row []byte) {
	if l.split {
		l.search()
		oneLine(row)
	}
	if l.base == nil {
		l.grow(1)
	}
	l.begin()
	if l.named < len(l.buf) {
		l.parts = append(l.parts, l.buf[l.named:])
	}
	l.parts = append(l.parts, row)
	l.named = len(l.buf)
	l.lent += len(row)
	l.end()
	l.clean = len(l.buf)
}

// flush writes what was collected.
func (l *lines) flush() error {
	if len(l.buf) == 0 {
		return nil
	}
	l.search()
	err := l.write()
	if cap(l.buf) > lineBuffer && len(l.buf) < cap(l.buf)/4 {
		l.buf = l.base[:0] // the very large rows have been written; do not keep a buffer of their size
	}
	l.buf, l.clean = l.buf[:0], 0
	return err
}

func (l *lines) write() error {
	if l.lent > 0 {
		return l.writev()
	}
	n, err := l.w.Write(l.buf)
	l.written += int64(n)
	if err == nil && n < len(l.buf) {
		err = io.ErrShortWrite
	}
	return err
}

func (l *lines) writev() error {
	l.parts = append(l.parts, l.buf[l.named:])
	l.out = l.parts
	n, err := l.out.WriteTo(l.w)
	l.written += n
	clear(l.parts) // do not keep the buffers alive
	l.parts, l.named, l.lent = l.parts[:0], 0, 0
	return err
}

// search replaces line breaks in the rows not searched so far, and ends their lines.
func (l *lines) search() {
	if len(l.ends) == 0 {
		return
	}
	oneLine(l.buf[l.clean:])
	for _, end := range l.ends {
		l.buf[end] = '\n'
	}
	l.clean, l.ends = len(l.buf), l.ends[:0]
}

// recycle makes the buffer available to other streams. It must not be called after a failed write: the writer may still
// be using the buffer.
func (l *lines) recycle() {
	if l.base != nil {
		invariants.Poison(l.base[:])
		lineBuffers.Put(l.base)
		l.base, l.buf = nil, nil
	}
}

// oneLine replaces line breaks with spaces: in JSON they occur only between tokens, because RFC 8259, section 7,
// requires them to be escaped in strings.
func oneLine(doc []byte) {
	for len(doc) > 0 {
		block := doc[:min(len(doc), searchBlock)]
		replaceAll(block, '\n')
		replaceAll(block, '\r')
		doc = doc[len(block):]
	}
}

func replaceAll(doc []byte, brk byte) {
	for i := bytes.IndexByte(doc, brk); i >= 0; i = bytes.IndexByte(doc, brk) {
		doc[i] = ' '
		doc = doc[i+1:]
	}
}
