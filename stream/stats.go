package stream

import (
	"fmt"
	"log/slog"
)

// Stats holds what a stream has done and what it buffers, at one moment.
type Stats struct {
	State             State
	ItemsBuffered     int    // rows in the ring now
	EstimatedMemory   int    // bytes of those rows: counted, not estimated
	TotalRowsYielded  uint64 // rows that Next handed to the consumer
	TotalRowsFiltered uint64 // rows that the filter dropped
	TotalBytes        uint64 // JSON bytes of the rows yielded
	ChunkRows         int    // rows handed over in one step, at most
	ReadAhead         bool   // a background reader is running now
}

// Stats returns what the stream has done so far. Any goroutine may call it, at any time; it takes no lock and changes
// nothing. It is exact for the consumer; in other goroutines the figures may be up to one chunk old, and are never
// negative.
func (s *Stream) Stats() Stats {
	c := s.consumer.counts()
	st := Stats{
		State:             s.State(),
		TotalRowsYielded:  c.yielded,
		TotalRowsFiltered: c.filtered,
		TotalBytes:        c.yieldedBytes,
		ChunkRows:         int(s.published.chunkRows.Load()),
		ReadAhead:         s.meet.reading.Load(),
	}
	if !s.life.halted() { // rows left in the ring at the end are dropped
		st.ItemsBuffered, st.EstimatedMemory = s.bufferedRows(), s.bufferedBytes()
	}
	return st
}

// ColumnType returns the type of the result's column: JSON or JSONB. Any goroutine may call it.
func (s *Stream) ColumnType() string { return s.env.ColumnType }

// String returns one line for a log or a terminal.
func (st Stats) String() string {
	return fmt.Sprintf("%s: %d rows, %d bytes, %d filtered, %d rows (%d bytes) buffered, chunk %d, read-ahead %t",
		st.State, st.TotalRowsYielded, st.TotalBytes, st.TotalRowsFiltered, st.ItemsBuffered, st.EstimatedMemory,
		st.ChunkRows, st.ReadAhead)
}

// LogValue returns a group of attributes for log/slog.
func (st Stats) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("state", st.State.String()),
		slog.Int("items_buffered", st.ItemsBuffered),
		slog.Int("estimated_memory", st.EstimatedMemory),
		slog.Uint64("total_rows_yielded", st.TotalRowsYielded),
		slog.Uint64("total_rows_filtered", st.TotalRowsFiltered),
		slog.Uint64("total_bytes", st.TotalBytes),
		slog.Int("chunk_rows", st.ChunkRows),
		slog.Bool("read_ahead", st.ReadAhead),
	)
}
