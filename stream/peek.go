package stream

import (
	"encoding/json"

	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
)

// Peek returns the row that Next will take, without taking it; nil and true for SQL NULL. Like Next, it waits for the
// row and invalidates the current one: Row returns nil afterwards. At the end of the stream it returns false, and Err
// has the reason. If the stream ends between Peek and Next, through Close or Cancel in another goroutine or through its
// context, Next returns false.
//
// The row that Peek returns is valid for as long as the row of that Next would be. A filter sees each row once.
func (s *Stream) Peek() (json.RawMessage, bool) {
	for s.reach() {
		if s.keepsHead() {
			return s.consumer.ring.At(s.consumer.head), true
		}
	}
	return nil, false
}

// Ready reports whether Next and Peek will return without waiting for the server: there is a row, or the stream has
// ended. A program that batches rows for a peer should flush its batch when Ready returns false. Like Next, it
// invalidates the current row. With a filter it looks for a row that is kept among those that have arrived.
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

// keepsHead reports whether the row at the head goes to the consumer. A row that the filter drops is skipped; one that
// is not valid JSON ends the stream. REQUIRES: head < tail.
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
