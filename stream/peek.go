package stream

import (
	"encoding/json"

	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
)

// Peek is the row that Next will take, without taking it; nil and true for SQL NULL. It waits for the row, and ends the
// life of the row in hand, as Next does: Row is nil afterwards. It is false at the end of the stream, and Err says why. Where the
// stream ends between Peek and Next, by Close or Cancel from elsewhere or by its context, Next takes nothing.
//
// What Peek returns lives as long as the row of that Next. A filter sees each row once.
func (s *Stream) Peek() (json.RawMessage, bool) {
	for s.reach() {
		if s.keepsHead() {
			return s.consumer.ring.At(s.consumer.head), true
		}
	}
	return nil, false
}

// Ready says whether Next and Peek will return without waiting for the server: there is a row, or the stream has ended.
// Who gathers rows for a peer sends them on before the next call when it is false. It ends the life of the row in hand, as
// Next does. With a filter it looks for a row that is kept among those that have arrived.
func (s *Stream) Ready() bool {
	invariants.Poison(s.consumer.row)
	s.consumer.row = nil
	for !s.life.halted() {
		if !s.seeTail() {
			return s.life.exhausted() && s.consumer.atTail()
		}
		if s.keepsHead() {
			return true
		}
	}
	return true
}

// keepsHead says whether the row at the head goes to the consumer. One that the filter drops is passed over; one that is no
// JSON ends the stream. REQUIRES: head < tail.
func (s *Stream) keepsHead() bool {
	c := &s.consumer
	row, number := c.ring.At(c.head), c.head+1
	if c.plain || c.judged == number {
		return true
	}
	switch s.judge(row, number) {
	case rowKept:
		c.judged = number
		return true
	case rowDropped:
		s.advance()
		c.filtered.Add(1)
	}
	return false
}
