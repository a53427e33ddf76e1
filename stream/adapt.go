package stream

import (
	"log/slog"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// adapt shows the sizer how full the stream is after a chunk, and takes over the size that it decides on. Full is
// whichever is nearer: the ring by its rows, or the read buffers by their bytes. REQUIRES: the fill token, in the
// background reader: in pull there is no hand-over whose size could matter.
func (s *Stream) adapt(f *feed.Fill, buffered int) {
	if s.sizer == nil {
		return
	}
	used, capacity := buffered, s.ring.Cap()
	if f.HeldMax > 0 && float64(f.Held)*float64(capacity) > float64(used)*float64(f.HeldMax) {
		used, capacity = f.Held, f.HeldMax
	}
	old := s.sizer.Size()
	change := s.sizer.Observe(used, capacity)
	if change == chunking.Kept {
		return
	}
	s.chunkRows.Store(int64(s.sizer.Size()))
	s.record.entity.ChunkSizeAdjusted(change == chunking.Grew)
	s.env.Logger.Debug("stream chunk size changed", slog.Int("from_rows", old), slog.Int("to_rows", s.sizer.Size()))
}
