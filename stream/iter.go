package stream

import (
	"encoding/json"
	"iter"
)

// All iterates over the rows, and ends with the stream's error if there is one, beside a nil row. Each row is valid until
// the loop goes on. The stream is closed when the loop ends, also by break. It can be used once.
func (s *Stream) All() iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		defer s.Close() //nolint:errcheck // the loop's own error has been yielded
		for s.Next() {
			if !yield(s.consumer.row, nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(nil, err)
		}
	}
}
