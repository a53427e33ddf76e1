package stream

import "encoding/json"

// Peek is the row that Next will take, without taking it; nil and true for SQL NULL. It waits for the row, and ends the
// life of the row in hand, as Next does: Row is nil afterwards. It is false at the end of the stream, and Err says why. Where the
// stream ends between Peek and Next, by Close or Cancel from elsewhere or by its context, Next takes nothing.
//
// What Peek returns lives as long as the row of that Next. A filter sees each row once.
func (s *Stream) Peek() (json.RawMessage, bool) {
	c := &s.consumer
	for s.reach() {
		row, number := c.ring.At(c.head), c.head+1
		if c.plain || c.judged == number {
			return row, true
		}
		switch s.judge(row, number) {
		case rowKept:
			c.judged = number
		case rowDropped:
			s.advance()
			c.filtered.Add(1)
		}
	}
	return nil, false
}
