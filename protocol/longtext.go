package protocol

import (
	"bytes"
	"unicode/utf8"
)

// The messages that carry texts for people. One above the limit is cut, not refused: a long text is no fault of the
// server's.
const (
	errorResponse  = 'E'
	noticeResponse = 'N'

	// longestText is the greatest length field of such a message that is read to its end: the server can make none larger
	// (MaxAllocSize). Four letters, taken for a length, are always above it.
	longestText = 1 << 30
)

// cuts reports whether f is a message that has to be cut.
func (l *Limits) cuts(f frame) bool {
	return (f.typ == errorResponse || f.typ == noticeResponse) && f.total-1 > l.Message
}

// longText takes in the body of an ErrorResponse or NoticeResponse above the limit as it comes, and keeps as much of
// each field as fits: a field gets at most half of what the fields before it have left, so that those behind a long
// message or context still have room. The body that it makes is well formed exactly if the one that came is.
type longText struct {
	left  int  // bytes still to come; 0: there is no such message
	typ   byte // of the message
	limit int  // of body
	body  []byte

	at    textPlace
	room  int // what the present field may still get
	start int // where its text begins in body
	cut   bool
}

// textPlace is what comes next in the list of fields.
type textPlace uint8

const (
	fieldCode textPlace = iota
	fieldText
	droppedText // of a field for which there is no room at all
	behindList  // nothing may come any more
)

// fieldEnds is the room that must be left when a field begins: for its code, the end of its text, and the end of the
// list.
const fieldEnds = 3

// take takes in the next bytes of the body.
func (t *longText) take(b []byte) {
	t.left -= len(b)
	for len(b) > 0 {
		switch t.at {
		case fieldCode:
			t.begin(b[0])
			b = b[1:]
		case fieldText, droppedText:
			end := bytes.IndexByte(b, 0)
			if end < 0 {
				t.text(b)
				return
			}
			t.text(b[:end])
			t.end()
			b = b[end+1:]
		case behindList:
			if t.body[len(t.body)-1] == 0 { // one byte is enough for the check of the message's shape
				t.body = append(t.body, 'x')
			}
			return
		}
	}
}

// begin begins a field, or ends the list.
func (t *longText) begin(code byte) {
	switch free := t.limit - len(t.body); {
	case code == 0:
		t.body = append(t.body, 0)
		t.at = behindList
	case free < fieldEnds:
		t.at = droppedText
	default:
		t.body = append(t.body, code)
		t.at, t.room, t.start, t.cut = fieldText, (free-fieldEnds+1)/2, len(t.body), false
	}
}

func (t *longText) text(b []byte) {
	if t.at == droppedText {
		return
	}
	n := min(len(b), t.room)
	t.body = append(t.body, b[:n]...)
	t.room -= n
	t.cut = t.cut || n < len(b)
}

// end ends a field. A text that was cut does not end within a character.
func (t *longText) end() {
	if t.at == fieldText {
		if t.cut {
			t.body = t.body[:t.start+wholeRunes(t.body[t.start:])]
		}
		t.body = append(t.body, 0)
	}
	t.at = fieldCode
}

// wholeRunes is the length of b without a last character that is not complete.
func wholeRunes(b []byte) int {
	for i := len(b) - 1; i >= 0 && i > len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if utf8.FullRune(b[i:]) {
				return len(b)
			}
			return i
		}
	}
	return len(b)
}

// longMessage takes in what has come of a message that has to be cut; ok is false until it has come whole.
func (r *Reader) longMessage() (typ byte, body []byte, ok bool) {
	t := &r.long
	n := min(t.left, r.w-r.r)
	t.take(r.buf[r.r : r.r+n])
	r.r += n
	r.clean = r.r
	if t.left > 0 {
		return 0, nil, false
	}
	typ, body = t.typ, t.body
	*t = longText{}
	return typ, body, true
}
