package stream

import (
	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// step runs one fill, publishes what came, and notes the query's end. It is the one way of rows into the ring, whoever
// fills. REQUIRES: the fill token, and a free slot.
func (s *Stream) step() feed.Outcome {
	f := s.producer.run(s.chunkLimit(), s.account.reserve(s.bufferedBytes()))
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
	p.publish()
	rows, bytes := s.bufferedRows(), s.bufferedBytes()
	s.record.chunk(p.fill.N, rows, bytes, p.filled.sub(p.began))
	if s.set.adaptive() {
		s.record.chunkSize(int(p.chunkRows.Load()))
	}
	if s.account.crossesSoft(before, bytes) {
		s.record.softLimit(s.account.soft, bytes)
	}
	if s.meet.reading.Load() {
		old := p.chunkRows.Load()
		if change := p.adapt(rows); change != chunking.Kept {
			s.record.chunkSizeChanged(change == chunking.Grew, int(old), int(p.chunkRows.Load()))
		}
	}
	s.meet.consumer.wakeIfParked()
}

// chunkLimit is how many rows the next fill may publish in one step. Pull takes what one read brings, up to the ring's
// capacity, unless a size was asked for: without a second goroutine there is no hand-over whose cost a chunk would spread.
func (s *Stream) chunkLimit() int {
	if s.set.adaptive() && !s.meet.reading.Load() {
		return s.producer.ring.Cap()
	}
	return int(s.producer.chunkRows.Load())
}

// mayRead takes a standing interrupt back and then looks at the flags, in this order: whoever sets one interrupts
// afterwards, so that it is either seen here or stops the next fill. Of a source that was stopped nothing is asked.
// REQUIRES: the fill token.
func (s *Stream) mayRead() bool {
	if s.life.halted() {
		return false
	}
	s.src.Clear()
	return !s.life.halted() && !s.pause.on.Load()
}

// bufferedRows is the rows in the ring. Any goroutine: those published are looked up first, so it is never more than the
// ring holds.
func (s *Stream) bufferedRows() int {
	in := s.producer.rows.Load()
	return int(in - min(in, s.consumer.headWord.load()))
}

// bufferedBytes is the bytes of the rows in the ring. Any goroutine.
func (s *Stream) bufferedBytes() int {
	in := s.producer.bytes.Load()
	return int(in - min(in, s.consumer.takenWord.load()))
}
