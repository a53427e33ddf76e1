package protocol

import (
	"bytes"
	"encoding/binary"
)

// The functions here check the shapes of message bodies: each says what is malformed, or returns the empty string. A
// body that passes leaves pgproto3 nothing to misread: its strings end, its counts agree with what is there, and
// nothing follows.

const (
	trailing     = "bytes follow its end"
	tooShort     = "it is too short"
	unterminated = "a string in it does not end"
	miscounted   = "a count in it disagrees with its length"
)

const (
	columnFixed = 18  // bytes of a column in a RowDescription after its name
	maxKey      = 256 // bytes of a cancel key: "BackendKeyData", protocol 3.2; 4 in protocol 3.0
	minKey      = 4
)

// ended checks that nothing is left of a body.
func ended(rest []byte) string {
	if len(rest) > 0 {
		return trailing
	}
	return ""
}

// afterString returns what follows the first string in b.
func afterString(b []byte) (rest []byte, ok bool) {
	i := bytes.IndexByte(b, 0)
	return b[i+1:], i >= 0
}

// afterStrings checks that b consists of n strings.
func afterStrings(b []byte, n int) string {
	for range n {
		var ok bool
		if b, ok = afterString(b); !ok {
			return unterminated
		}
	}
	return ended(b)
}

func anything([]byte) string         { return "" }
func empty(body []byte) string       { return ended(body) }
func oneString(body []byte) string   { return afterStrings(body, 1) }
func twoStrings(body []byte) string  { return afterStrings(body, 2) }
func copyFormats(body []byte) string { return counted(body, 1, 2) }

func parameterOIDs(body []byte) string { return counted(body, 0, 4) }

// counted checks for a count of two bytes at an offset, followed by that many items of one size.
func counted(body []byte, at, size int) string {
	if len(body) < at+2 {
		return tooShort
	}
	if int(binary.BigEndian.Uint16(body[at:]))*size != len(body)-at-2 {
		return miscounted
	}
	return ""
}

// notification is a process id, a channel and a payload.
func notification(body []byte) string {
	if len(body) < 4 {
		return tooShort
	}
	return afterStrings(body[4:], 2)
}

// fields are pairs of a code byte and a string, ended by a zero byte.
func fields(body []byte) string {
	for {
		if len(body) == 0 {
			return "its list of fields does not end"
		}
		code := body[0]
		body = body[1:]
		if code == 0 {
			return ended(body)
		}
		var ok bool
		if body, ok = afterString(body); !ok {
			return unterminated
		}
	}
}

// keyData is a process id and a key.
func keyData(body []byte) string {
	switch n := len(body) - 4; {
	case n < minKey:
		return tooShort
	case n > maxKey:
		return "its key is longer than 256 bytes"
	}
	return ""
}

// columns are a count, and for each column a name and fixed numbers.
func columns(body []byte) string {
	if len(body) < 2 {
		return tooShort
	}
	n, rest := int(binary.BigEndian.Uint16(body)), body[2:]
	for range n {
		var ok bool
		if rest, ok = afterString(rest); !ok {
			return unterminated
		}
		if len(rest) < columnFixed {
			return miscounted
		}
		rest = rest[columnFixed:]
	}
	return ended(rest)
}

// options are the newest minor version, a count, and that many strings.
func options(body []byte) string {
	if len(body) < 8 {
		return tooShort
	}
	n, rest := binary.BigEndian.Uint32(body[4:]), body[8:]
	if uint64(n) > uint64(len(rest)) {
		return miscounted
	}
	return afterStrings(rest, int(n))
}

// functionResult is one value with its length, -1 for NULL.
func functionResult(body []byte) string {
	if len(body) < 4 {
		return tooShort
	}
	size := int32(binary.BigEndian.Uint32(body))
	if int(max(size, 0)) != len(body)-4 || size < -1 {
		return miscounted
	}
	return ""
}

// transactionStatus is one letter: idle, in a transaction, in a failed one.
func transactionStatus(body []byte) string {
	switch {
	case len(body) < 1:
		return tooShort
	case len(body) > 1:
		return trailing
	case body[0] != 'I' && body[0] != 'T' && body[0] != 'E':
		return "its transaction status is none of I, T and E"
	}
	return ""
}

// CheckRow looks at the body of a DataRow of any number of columns, which it returns. An error is a
// *errors.ProtocolError.
func CheckRow(body []byte) (columns int, err error) {
	if len(body) < 2 {
		return 0, malformed(dataRow, tooShort)
	}
	columns, rest := int(binary.BigEndian.Uint16(body)), body[2:]
	for range columns {
		if len(rest) < lengthSize {
			return 0, malformed(dataRow, miscounted)
		}
		size := int32(binary.BigEndian.Uint32(rest)) // -1: NULL
		rest = rest[lengthSize:]
		if size < -1 || int(size) > len(rest) {
			return 0, malformed(dataRow, miscounted)
		}
		rest = rest[max(size, 0):]
	}
	if wrong := ended(rest); wrong != "" {
		return 0, malformed(dataRow, "%s", wrong)
	}
	return columns, nil
}
