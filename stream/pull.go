package stream

import "github.com/fraiseql/fraiseql-wire-go/internal/feed"

// pull fills the ring in the consumer's own goroutine, and blocks until there are rows or the query has ended.
// REQUIRES: the ring is empty and every row was given back.
func (s *Stream) pull() {
	p := &s.producer
	if !s.token.TryLock() {
		// In pull mode, only the code that ends the stream takes the token from the consumer, and it halts the stream
		// first.
		s.parkConsumer()
		return
	}
	s.meet.pulling.Store(true)
	p.began = never
	slow := false
	more := s.pullStep()
	if p.began != never { // else no fill was allowed
		slow = s.policy.observe(&p.fill, p.began, p.filled)
	}
	for more {
		more = s.pullStep()
	}
	s.meet.pulling.Store(false)
	s.token.Unlock()
	s.disarm()
	if slow {
		s.startReader()
	}
	s.waitWhilePaused()
}

// pullStep runs one fill, and reports whether to run another. REQUIRES: the fill token.
func (s *Stream) pullStep() bool {
	if !s.mayRead() {
		return false
	}
	s.arm()
	outcome := s.step()
	f := &s.producer.fill
	if f.N > 0 {
		return false
	}
	switch outcome {
	case feed.Progress:
		return true
	case feed.Interrupted:
		s.checkDeadline()
		return true
	case feed.NoRoom:
		return s.roomForOne(f.Need)
	case feed.Refused:
		s.leave(causeFailure, f.Err)
		return false
	case feed.NoSlab:
		// All rows were given back, so the source violates its contract. End the stream rather than loop forever.
		s.leave(causeFailure, errNoSlab)
		return false
	}
	return false
}

// roomForOne handles, in pull mode, a row that exceeds the room although the ring is empty. It reports whether to fill
// again. REQUIRES: the fill token.
func (s *Stream) roomForOne(need int) bool {
	if limit := s.account.limit; limit > 0 && need > limit {
		s.leave(causeFailure, s.record.memoryExceeded(limit, need))
		return false
	}
	s.account.force(need)
	return true
}

// waitWhilePaused blocks the consumer during a pause. It does not hold the token, so the stream can be ended meanwhile.
func (s *Stream) waitWhilePaused() {
	for s.pause.on.Load() && s.life.now() == flowing && s.consumer.atTail() {
		s.meet.consumer.await()
	}
}

// parkConsumer waits for the end of the stream.
func (s *Stream) parkConsumer() {
	for !s.life.halted() {
		s.meet.consumer.await()
	}
}
