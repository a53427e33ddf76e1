package protocol

import (
	"encoding/binary"
	"math"
)

// Stop says why Rows or Skip stopped.
type Stop uint8

const (
	// NeedMore means that the frame in front is incomplete, or that there is none. Call More.
	NeedMore Stop = iota
	// DstFull means that dst has no slot for another row.
	DstFull
	// NoRoom means that the next row is larger than the room left; Need says how large. Its body may not have been read.
	NoRoom
	// Message means that a frame that is not a DataRow is in front: a complete one, or one whose texts are cut as they
	// come. Call Reader.Message.
	Message
)

var stopNames = [...]string{NeedMore: "need more", DstFull: "destination full", NoRoom: "no room", Message: "message"}

// String returns the name of s in lower case.
func (s Stop) String() string {
	if int(s) < len(stopNames) {
		return stopNames[s]
	}
	return "unknown"
}

// rowStart is the first seven bytes of a DataRow of one column whose length field is zero, as a number. The length
// field is added to it at bit 16.
const rowStart = uint64(dataRow)<<48 | 1

// Rows stores the complete DataRows in front in dst: each is a sub-slice of a slab with its capacity clipped, nil for
// SQL NULL, and empty but not nil for an empty value. It stops at the first thing that is not a row, at dst's end,
// and before the row that would bring bytes, the sum of the rows' sizes, above room; a negative room is no bound.
//
// The n rows stored are valid whatever else it returns, until they are given back with Free. An error is a
// *errors.ProtocolError for the frame after them; it comes again at each call.
func (r *Reader) Rows(dst [][]byte, room int) (n, bytes int, stop Stop, err error) {
	switch {
	case r.long.left > 0:
		return 0, 0, Message, nil
	case r.skip > 0 && r.dropping():
		return 0, 0, NeedMore, nil
	}
	if room < 0 {
		room = math.MaxInt
	}
	var (
		buf   = r.buf[:r.w]
		at    = r.r
		limit = uint32(r.limits.Row - (rowHeader - 1))
	)
	stop = DstFull
	for n < len(dst) {
		if len(buf)-at >= rowHeader {
			h := buf[at : at+rowHeader]
			size := binary.BigEndian.Uint32(h[7:])
			// One comparison checks type, length and count; the limit comes first, so that size+10 does not wrap.
			if size <= limit && binary.BigEndian.Uint64(h)>>8 == rowStart+uint64(size+rowHeader-1)<<16 {
				if int(size) > room-bytes {
					stop, r.need = NoRoom, int(size)
					break
				}
				end := at + rowHeader + int(size)
				if end > len(buf) {
					stop = NeedMore
					break
				}
				dst[n] = buf[at+rowHeader : end : end]
				n++
				bytes += int(size)
				at = end
				continue
			}
		}
		var null bool
		if stop, null, err = r.limits.oddRow(buf[at:]); !null {
			break
		}
		stop = DstFull
		dst[n] = nil
		n++
		at += rowHeader
	}
	if n > 0 {
		r.r = at
		r.rows += uint64(n)
		r.last = r.rows
	}
	return n, bytes, stop, err
}

// oddRow handles what is not the complete header of a sound row with a value: b begins with a NULL row, another
// message, the beginning of a frame, or something illegal.
func (l *Limits) oddRow(b []byte) (stop Stop, null bool, err error) {
	f, ok, err := l.parseFrame(b)
	switch {
	case err != nil || !ok:
		return NeedMore, false, err
	case f.typ != dataRow && (f.total <= len(b) || l.cuts(f)):
		return Message, false, nil
	case f.typ != dataRow:
		return NeedMore, false, nil
	case f.total < rowHeader:
		return NeedMore, false, malformed(dataRow, "length %d is too short for a row of one column", f.total-1)
	case len(b) < rowHeader:
		return NeedMore, false, nil
	}
	if columns := binary.BigEndian.Uint16(b[frameHeader:]); columns != 1 {
		return NeedMore, false, malformed(dataRow, "a row of %d columns in a result of one", columns)
	}
	size := int32(binary.BigEndian.Uint32(b[7:]))
	if size == -1 && f.total == rowHeader {
		return NeedMore, true, nil
	}
	return NeedMore, false, malformed(dataRow, "a value of %d bytes in a row of length %d", size, f.total-1)
}
