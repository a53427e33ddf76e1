package stream

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

var (
	errNotJSON = errors.New("not one JSON document")
	errNotUTF8 = errors.New("not valid UTF-8")
)

// accept says whether the row in hand goes to the consumer: it may be dropped by the filter, or end the stream because
// it is no JSON.
func (s *Stream) accept() bool {
	if s.set.validate && !s.validRow() {
		s.row = nil
		return false // take finds the stream halted
	}
	if s.set.keep == nil {
		return true
	}
	began := sampled(s.head)
	keep := s.set.keep(s.row)
	s.record.filterTook(began)
	if !keep {
		s.filtered.Add(1)
		s.filteredBytes.Add(uint64(len(s.row)))
	}
	return keep
}

// validRow checks the row in hand; NULL is valid. A row that is not ends the stream, and does not count as yielded.
func (s *Stream) validRow() bool {
	var err error
	switch {
	case s.row == nil:
		return true
	case !utf8.Valid(s.row):
		err = errNotUTF8
	case !json.Valid(s.row):
		err = errNotJSON
	default:
		return true
	}
	s.headWord.set(s.head - 1)
	s.takenWord.set(s.taken - uint64(len(s.row)))
	s.record.parseError()
	s.beginEnd(causeFailure, &werr.DecodeError{Row: s.head, Type: "json", Err: err})
	return false
}
