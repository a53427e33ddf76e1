package stream

import werr "github.com/fraiseql/fraiseql-wire-go/errors"

// verdict is what becomes of a row that is looked at before the consumer gets it.
type verdict uint8

const (
	rowKept    verdict = iota // the consumer gets it
	rowDropped                // by the filter
	rowInvalid                // it is no JSON: the stream has ended
)

// accept says whether the row in hand goes to the consumer: it may be dropped by the filter, or end the stream because
// it is no JSON.
func (s *Stream) accept() bool {
	c := &s.consumer
	v := rowKept
	if c.judged != c.head { // else Peek has looked at it
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
		c.row = nil // and reach finds the stream halted
	}
	return false
}

// judge looks at a row with the given number, counted from 1.
func (s *Stream) judge(row []byte, number uint64) verdict {
	if s.set.validate && !s.valid(row, number) {
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

// valid checks a row; NULL is valid. A row that is not ends the stream, and does not count as yielded.
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
