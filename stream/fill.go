package stream

import (
	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// step runs one fill, publishes its rows, and records the end of the query. All rows enter the ring here, in pull as in
// read-ahead. REQUIRES: the fill token, and a free slot.
func (s *Stream) step() feed.Outcome {
	f := s.producer.run(s.src, s.chunkLimit(), s.account.reserve(s.bufferedBytes()))
	s.account.closeGrant(f.Bytes)
	if f.N > 0 {
		s.publish()
	}
	if f.Outcome == feed.Ended || f.Outcome == feed.Broken {
		s.life.exhaust(finished, f.Err)
		s.meet.consumer.wakeIfParked()
	}
	return f.Outcome
}

// publish hands a chunk to the consumer. REQUIRES: the fill token.
func (s *Stream) publish() {
	p := &s.producer
	before := s.bufferedBytes()
	s.published.add(p.fill.N, p.fill.Bytes)
	p.publish()
	rows, bytes := s.bufferedRows(), s.bufferedBytes()
	s.record.chunk(p.fill.N, rows, bytes, p.filled.sub(p.began))
	if s.set.adaptive() {
		s.record.chunkSize(int(s.published.chunkRows.Load()))
	}
	if s.account.crossesSoft(before, bytes) {
		s.record.softLimit(s.account.soft, bytes)
	}
	if s.meet.reading.Load() {
		if change := p.adapt(rows); change != chunking.Kept {
			size := p.sizer.Size()
			old := s.published.chunkRows.Swap(int64(size))
			s.record.chunkSizeChanged(change == chunking.Grew, int(old), size)
		}
	}
	s.meet.consumer.wakeIfParked()
}

// chunkLimit is how many rows the next fill may publish in one step. Pull takes all that one read brings, up to the
// ring's capacity, unless a size was set: without a second goroutine, handing over a row costs nothing that a chunk
// would save.
func (s *Stream) chunkLimit() int {
	if s.set.adaptive() && !s.meet.reading.Load() {
		return s.producer.ring.Cap()
	}
	return int(s.published.chunkRows.Load())
}

// mayRead clears a pending interrupt and then checks the flags, in this order: a flag is always set before the source
// is interrupted, so it is either seen here or its interrupt stops the next fill. A source that was stopped is not used
// again. REQUIRES: the fill token.
func (s *Stream) mayRead() bool {
	if s.life.halted() {
		return false
	}
	s.src.Clear()
	return !s.life.halted() && !s.pause.on.Load()
}

// bufferedRows is the number of rows in the ring. Any goroutine may call it. The rows published are loaded first, so
// the result never exceeds the ring's capacity.
func (s *Stream) bufferedRows() int {
	in := s.published.rows.Load()
	return int(in - min(in, s.consumer.headWord.load()))
}

// bufferedBytes is the number of bytes of the rows in the ring. Any goroutine may call it.
func (s *Stream) bufferedBytes() int {
	in := s.published.bytes.Load()
	return int(in - min(in, s.consumer.takenWord.load()))
}
