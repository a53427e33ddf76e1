package stream

import (
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// step runs one fill, publishes what came, and notes the query's end. It is the one way of rows into the ring, whoever
// fills. REQUIRES: the fill token, and a free slot.
func (s *Stream) step() feed.Outcome {
	f := &s.fill
	f.Rows = s.ring.Free(s.chunkLimit())
	f.Freed = s.ring.Freed()
	f.Room = s.reserveRoom()
	s.began = s.now()
	s.src.Fill(f)
	s.filled = s.now()
	s.settleRoom(f.Bytes)
	if f.N > 0 {
		s.publish(f, s.filled.sub(s.began))
	}
	f.Rows = nil
	if f.Outcome == feed.Ended || f.Outcome == feed.Broken {
		s.finishProducer(f.Err)
	}
	return f.Outcome
}

// publish hands a chunk to the consumer. REQUIRES: the fill token.
func (s *Stream) publish(f *feed.Fill, took time.Duration) {
	before := s.buffered()
	s.publishedBytes.Add(uint64(f.Bytes))
	rows := s.published.Add(uint64(f.N))
	if s.firstRowAfter == 0 {
		s.firstRowAfter = max(1, time.Duration(s.filled))
	}
	s.ring.Publish(f.N)
	buffered := int(rows - min(rows, s.headWord.load()))
	s.record.chunk(s, f.N, buffered, took)
	s.checkSoftLimit(before)
	if s.reading.Load() {
		s.adapt(f, buffered)
	}
	if s.consumerParked.Load() {
		wake(s.wakeConsumer)
	}
}

// finishProducer notes that no row will come any more, and what follows the last one. REQUIRES: the fill token.
func (s *Stream) finishProducer(err error) {
	s.producerErr = err
	s.producerDone.Store(true)
	if s.consumerParked.Load() {
		wake(s.wakeConsumer)
	}
}

// chunkLimit is how many rows the next fill may publish in one step. Pull takes what one read brings, up to the ring's
// capacity, unless a size was asked for: without a second goroutine there is no hand-over whose cost a chunk would spread.
func (s *Stream) chunkLimit() int {
	if s.set.adaptive() && !s.reading.Load() {
		return s.ring.Cap()
	}
	return int(s.chunkRows.Load())
}

// mayRead takes a standing interrupt back and then looks at the flags, in this order: whoever sets one interrupts
// afterwards, so that it is either seen here or stops the next fill. REQUIRES: the fill token.
func (s *Stream) mayRead() bool {
	s.src.Clear()
	return !s.halted.Load() && !s.paused.Load()
}
