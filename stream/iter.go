package stream

import (
	"encoding/json"
	"iter"
)

// All iterates over the rows. If the stream fails, the last pair is a nil row and the stream's error. Each row is valid
// until the next iteration. The stream is closed when the loop ends, also by break. The iterator can be used once.
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
