package stream

import (
	"iter"
	"reflect"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Decode parses the current row into dst, a pointer, with the parser of WithUnmarshal. SQL NULL leaves dst unchanged.
// If the row cannot be parsed into dst, the error is a *errors.DecodeError; the stream stays open, and the caller may
// go on or close it.
func (s *Stream) Decode(dst any) error {
	if s.consumer.row == nil {
		return nil
	}
	return s.decode(s.record.decoder(reflect.TypeOf(dst)), dst)
}

// decode parses the current row, which is not NULL, and counts it in d, the tally of dst's type.
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

// Decode iterates over the rows of s, parsed into T; SQL NULL becomes T's zero value. A row that cannot be parsed
// yields the zero value and a *errors.DecodeError, and the loop may go on with the next row. The stream's own error
// comes last. The stream is closed when the loop ends. The caller may keep the values.
func Decode[T any](s *Stream) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		defer s.Close() //nolint:errcheck // the loop's own error has been yielded
		// The parser writes all rows into one T, which saves an allocation for each row. A copy of it is yielded, and
		// nothing that the copy points to is reused: the parser finds a zero T every time.
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

// Collect reads the whole result into a slice and closes the stream. It stops at the first error, and returns it with
// the values read before. It is for results that are known to be small: no other function here holds all rows at once.
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
