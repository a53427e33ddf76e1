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
		s.accepted()
		return true
	}
	began := sampled(s.head)
	keep := s.set.keep(s.row)
	s.record.filterTook(began)
	if keep {
		s.accepted()
	} else {
		s.filtered.Add(1)
	}
	return keep
}

// accepted counts the row in hand as yielded.
func (s *Stream) accepted() {
	s.kept.Add(1)
	s.keptBytes.Add(uint64(len(s.row)))
}

// yielded is the rows that the consumer was given, and their bytes. Any goroutine.
func (s *Stream) yielded() (rows, bytes uint64) {
	if s.plain {
		return s.headWord.load(), s.takenWord.load()
	}
	return s.kept.Load(), s.keptBytes.Load()
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
	s.record.parseError()
	s.beginEnd(causeFailure, &werr.DecodeError{Row: s.head, Type: "json", Err: err})
	return false
}
