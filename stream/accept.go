package stream

import werr "github.com/fraiseql/fraiseql-wire-go/errors"

// verdict is the result of checking a row before the consumer gets it.
type verdict uint8

const (
	rowKept    verdict = iota // the consumer gets it
	rowDropped                // the filter drops it
	rowInvalid                // it is not valid JSON: the stream has ended
)

// accept reports whether the current row goes to the consumer: the filter may drop it, or it may end the stream because
// it is not valid JSON.
func (s *Stream) accept() bool {
	c := &s.consumer
	v := rowKept
	if c.judged != c.head { // otherwise Peek has checked it
		v = s.judge(c.row, c.head)
	}
	switch v {
	case rowKept:
		c.kept.Add(1)
		c.keptBytes.Add(uint64(len(c.row)))
		return true
	case rowDropped:
		c.filtered.Add(1)
	case rowInvalid:
		c.row = nil // reach will find the stream halted
	}
	return false
}

// judge checks a row with the given number, counted from 1.
func (s *Stream) judge(row []byte, number uint64) verdict {
	if s.consumer.validator != nil && !s.valid(row, number) {
		return rowInvalid
	}
	if s.set.keep == nil {
		return rowKept
	}
	began := sampled(number)
	keep := s.set.keep(row)
	s.record.filterTook(began)
	if keep {
		return rowKept
	}
	return rowDropped
}

// valid reports whether row is valid; NULL is. An invalid row ends the stream, and does not count as yielded.
func (s *Stream) valid(row []byte, number uint64) bool {
	if row == nil {
		return true
	}
	err := s.consumer.validator.check(row)
	if err == nil {
		return true
	}
	s.record.parseError()
	s.leave(causeFailure, &werr.DecodeError{Row: number, Type: "json", Err: err})
	return false
}
