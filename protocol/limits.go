package protocol

import "math"

const (
	// DefaultRowLimit is the greatest length field accepted in a DataRow: 1 GiB, as the server itself can make none
	// larger (MaxAllocSize).
	DefaultRowLimit = 1 << 30
	// DefaultMessageLimit is the greatest length field accepted in any other message: 1 MiB.
	DefaultMessageLimit = 1 << 20
)

// Limits bounds what a server may send: bytes of a frame as its length field counts them, that is, without the type
// byte. They are checked at the header, before the body is read. Zero or less means the default. The texts of an
// ErrorResponse or a NoticeResponse above the limit are cut; any other message above its limit is a
// *errors.ProtocolError.
type Limits struct {
	Row     int // of a DataRow; default DefaultRowLimit
	Message int // of any other message; default DefaultMessageLimit
}

// withDefaults also keeps the limits within what a length field can say, and lets an empty row and an empty message
// pass.
func (l Limits) withDefaults() Limits {
	if l.Row <= 0 {
		l.Row = DefaultRowLimit
	}
	if l.Message <= 0 {
		l.Message = DefaultMessageLimit
	}
	l.Row = min(max(l.Row, rowHeader-1), math.MaxInt32-1)
	l.Message = min(max(l.Message, lengthSize), math.MaxInt32-1)
	return l
}
