package stream

import "github.com/fraiseql/fraiseql-wire-go/internal/feed"

// pull fills the ring in the consumer's own goroutine, and blocks until rows or the end have come. REQUIRES: the ring is
// empty and every row was given back.
func (s *Stream) pull() {
	p := &s.producer
	if !p.token.TryLock() {
		// Only what ends the stream takes the token from a consumer that pulls: it has halted the stream before.
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
	p.token.Unlock()
	s.disarm()
	if slow {
		s.startReader()
	}
	s.waitWhilePaused()
}

// pullStep is one fill, and whether to go on with the next. REQUIRES: the fill token.
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
		// All rows were given back, so the source broke its word; ending beats spinning.
		s.leave(causeFailure, errNoSlab)
		return false
	}
	return false
}

// roomForOne is pull in front of a row that does not fit into an empty ring: whether to fill again. REQUIRES: the fill
// token.
func (s *Stream) roomForOne(need int) bool {
	if limit := s.account.limit; limit > 0 && need > limit {
		s.leave(causeFailure, s.record.memoryExceeded(limit, need))
		return false
	}
	s.account.force(need)
	return true
}

// waitWhilePaused holds the consumer back during a pause: without the token, so that the stream can be ended.
func (s *Stream) waitWhilePaused() {
	for s.pause.on.Load() && s.life.now() == flowing && s.consumer.atTail() {
		<-s.meet.consumer.wake
	}
}

// parkConsumer waits for the end of the stream.
func (s *Stream) parkConsumer() {
	for !s.life.halted() {
		<-s.meet.consumer.wake
	}
}
