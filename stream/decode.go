package stream

import (
	"iter"
	"reflect"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Decode parses the row in hand into dst, a pointer, with the parser of WithUnmarshal. SQL NULL leaves dst as it is. A
// row that does not fit gives a *errors.DecodeError; the stream goes on, and it is the caller who decides to close it.
func (s *Stream) Decode(dst any) error {
	if s.consumer.row == nil {
		return nil
	}
	return s.decode(s.record.decoder(reflect.TypeOf(dst)), dst)
}

// decode parses the row in hand, which is not NULL, and tallies that in d, which is of dst's type.
func (s *Stream) decode(d *decoder, dst any) error {
	began := d.begin()
	err := s.set.unmarshal(s.consumer.row, dst)
	d.end(began, err)
	if err != nil {
		s.record.decodeFailed(d, err)
		return &werr.DecodeError{Row: s.consumer.head, Type: d.name, Err: err}
	}
	return nil
}

// Decode iterates over the rows of s, parsed into T; SQL NULL is T's zero value. A row that does not fit is yielded as
// its *errors.DecodeError beside the zero value, and the loop may go on with the next. The stream's own error comes
// last. The stream is closed when the loop ends. Each value is the caller's to keep.
func Decode[T any](s *Stream) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		defer s.Close() //nolint:errcheck // the loop's own error has been yielded
		// One T serves the parser for all rows, so that there is no allocation for each. What is yielded is a copy, and
		// nothing that it points to is used again: the parser finds a zero T every time.
		v, zero := new(T), *new(T)
		var d *decoder
		for s.Next() {
			var err error
			*v = zero
			if s.consumer.row != nil {
				if d == nil {
					d = s.record.decoder(reflect.TypeFor[*T]())
				}
				err = s.decode(d, v)
			}
			if err != nil {
				*v = zero
			}
			if !yield(*v, err) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(zero, err)
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
