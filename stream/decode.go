package stream

import (
	"iter"
	"reflect"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Decode parses the row in hand into dst, a pointer, with the parser of WithUnmarshal. SQL NULL leaves dst as it is. A
// row that does not fit gives a *errors.DecodeError; the stream goes on, and it is the caller who decides to close it.
func (s *Stream) Decode(dst any) error {
	if s.row == nil {
		return nil
	}
	d := s.record.decoder(reflect.TypeOf(dst))
	began := d.begin()
	err := s.set.unmarshal(s.row, dst)
	d.end(began, err)
	if err != nil {
		s.record.decodeFailed(d, err)
		return &werr.DecodeError{Row: s.head, Type: d.name, Err: err}
	}
	return nil
}

// Decode iterates over the rows of s, parsed into T; SQL NULL is T's zero value. A row that does not fit is yielded as its
// *errors.DecodeError beside the zero value, and the loop may go on with the next. The stream's own error comes last. The
// stream is closed when the loop ends.
func Decode[T any](s *Stream) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		defer s.Close() //nolint:errcheck // the loop's own error has been yielded
		for s.Next() {
			var v T
			err := s.Decode(&v)
			if err != nil {
				v = *new(T)
			}
			if !yield(v, err) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(*new(T), err)
		}
	}
}

// Collect reads the whole result into a slice and closes the stream. It stops at the first error, and returns what was
// read before it. For results that are known to be small: it is the one reader here that holds all rows at once.
func Collect[T any](s *Stream) ([]T, error) {
	var all []T
	for v, err := range Decode[T](s) {
		if err != nil {
			return all, err
		}
		all = append(all, v)
	}
	return all, nil
}
