package stream

import "encoding/json"

// Peek is the row that Next will take, without taking it; nil and true for SQL NULL. It waits for the row, and ends the
// life of the row in hand, as Next does: Row is nil afterwards. It is false at the end of the stream, and Err says why. Where the
// stream ends between Peek and Next, by Close or Cancel from elsewhere or by its context, Next takes nothing.
//
// What Peek returns lives as long as the row of that Next. A filter sees each row once.
func (s *Stream) Peek() (json.RawMessage, bool) {
	for s.reach() {
		if s.plain || s.judged == s.head+1 {
			return s.ring.At(s.head), true
		}
		switch s.judge(s.ring.At(s.head), s.head+1) {
		case rowKept:
			s.judged = s.head + 1
		case rowDropped:
			s.advance()
			s.filtered.Add(1)
		}
	}
	return nil, false
}
