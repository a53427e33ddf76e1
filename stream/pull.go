package stream

import "github.com/fraiseql/fraiseql-wire-go/internal/feed"

// pull fills the ring in the consumer's own goroutine, and blocks until rows or the end have come. REQUIRES: the ring is
// empty and every row was given back.
func (s *Stream) pull() {
	if !s.token.TryLock() {
		// Only what ends the stream takes the token from a consumer that pulls: it has set halted before.
		s.parkConsumer()
		return
	}
	s.began = never
	slow := false
	more := s.pullStep()
	if s.began != never { // else no fill was allowed
		slow = s.auto.observe(&s.fill, s.began, s.filled)
	}
	for more {
		more = s.pullStep()
	}
	s.token.Unlock()
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
	if s.fill.N > 0 {
		return false
	}
	switch outcome {
	case feed.Progress:
		return true
	case feed.Interrupted:
		s.checkDeadline()
		return true
	case feed.NoRoom:
		return s.roomForOne(s.fill.Need)
	case feed.Refused:
		s.beginEnd(causeFailure, s.fill.Err)
		return false
	case feed.NoSlab:
		// All rows were given back, so the source broke its word; ending beats spinning.
		s.beginEnd(causeFailure, errNoSlab)
		return false
	}
	return false
}

// waitWhilePaused holds the consumer back during a pause: without the token, so that the stream can be ended.
func (s *Stream) waitWhilePaused() {
	for s.paused.Load() && !s.halted.Load() && s.ring.Tail() == s.head && !s.producerDone.Load() {
		<-s.wakeConsumer
	}
}

// parkConsumer waits for the end of the stream.
func (s *Stream) parkConsumer() {
	for !s.halted.Load() {
		<-s.wakeConsumer
	}
}
