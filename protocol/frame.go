package protocol

import (
	"encoding/binary"
	"fmt"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

const (
	lengthSize  = 4  // a frame's length field, which counts itself
	frameHeader = 5  // type byte and length field
	rowHeader   = 11 // frame header, column count and value length of a DataRow of one column
)

// dataRow is the type byte of a row.
const dataRow = 'D'

// frame is what a frame's header says: its type, and its size from the type byte to its end.
type frame struct {
	typ   byte
	total int
}

// parseFrame reads the header at the start of b and checks its length against the limits; ok is false while the header
// is incomplete.
func (l *Limits) parseFrame(b []byte) (f frame, ok bool, err error) {
	if len(b) < frameHeader {
		return frame{}, false, nil
	}
	f.typ = b[0]
	length := int32(binary.BigEndian.Uint32(b[1:frameHeader]))
	limit := l.Message
	switch f.typ {
	case dataRow:
		limit = l.Row
	case errorResponse, noticeResponse:
		limit = max(limit, longestText)
	}
	switch {
	case length < lengthSize:
		return frame{}, false, malformed(f.typ, "length %d is below %d", length, lengthSize)
	case int(length) > limit:
		return frame{}, false, malformed(f.typ, "length %d is above the limit of %d", length, limit)
	}
	f.total = int(length) + 1
	return f, true, nil
}

// malformed is the error for a message that no sound server sends.
func malformed(typ byte, format string, args ...any) error {
	return &werr.ProtocolError{Message: typ, Detail: fmt.Sprintf(format, args...)}
}
