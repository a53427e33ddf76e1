package stream

import (
	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// startReader starts the background reader. It takes the fill token with it; where that is with somebody else, the stream
// is being ended.
func (s *Stream) startReader() {
	if !s.producerDone.Load() && s.token.TryLock() {
		if s.set.adaptive() && s.sizer == nil {
			s.sizer = chunking.New(s.set.chunking)
		}
		s.reading.Store(true)
		go s.readAhead()
	}
}

// readAhead fills the ring while the consumer works, until the end of the query or of the stream. Only this goroutine
// holds the fill token while it runs.
func (s *Stream) readAhead() {
	for s.readStep() {
	}
	s.token.Unlock()
	s.reading.Store(false) // only now: who sees it may want the token
	wake(s.wakeConsumer)
}

// readStep is one fill with what must come before it, and whether to go on. REQUIRES: the fill token.
func (s *Stream) readStep() bool {
	may := s.mayRead()
	switch {
	case s.auto.recede.Load(): // looked at after mayRead has cleared, like the other flags
		return false
	case !may:
		return s.readerPaused()
	case s.ringFull():
		s.parkReader(s.ringFull)
		return true
	}
	outcome := s.step()
	switch outcome {
	case feed.Progress:
		if s.fill.N == 0 && s.consumerParked.Load() {
			s.arm() // a byte has come: the stall begins anew
		}
	case feed.Interrupted:
		s.checkDeadline()
	case feed.NoRoom:
		return s.readerNoRoom(s.fill.Need)
	case feed.NoSlab:
		freed := s.ring.Freed()
		s.parkReader(func() bool { return s.ring.Freed() == freed })
	case feed.Refused:
		s.stopProducer(s.fill.Err)
		return false
	case feed.Ended, feed.Broken:
		return false
	}
	return true
}

// readerPaused waits for Resume, and says whether to go on. REQUIRES: the fill token.
func (s *Stream) readerPaused() bool {
	s.parkReader(s.paused.Load)
	if s.halted.Load() {
		return false
	}
	if s.consumerParked.Load() {
		s.arm() // no stall ran during the pause
	}
	return true
}

func (s *Stream) ringFull() bool {
	return s.published.Load()-s.ring.Freed() >= uint64(s.ring.Cap())
}

// parkReader waits while blocked holds and the stream runs unpaused, or until somebody wakes it for another reason: the
// caller looks again. The token stays with the reader, which every end of the stream wakes.
func (s *Stream) parkReader(blocked func() bool) {
	s.readerParked.Store(true)
	if blocked() && !s.halted.Load() && !s.auto.recede.Load() {
		<-s.wakeReader
	}
	s.readerParked.Store(false)
}

// awaitReader waits for the background reader's next chunk, or its end; or does without it from now on.
func (s *Stream) awaitReader() {
	if s.auto.hungry() {
		s.recedeReader()
		return
	}
	var began moment
	if !s.auto.off {
		began = s.now()
	}
	s.consumerParked.Store(true)
	s.arm()
	for s.ring.Tail() == s.head && s.reading.Load() && !s.producerDone.Load() && !s.halted.Load() {
		<-s.wakeConsumer
	}
	s.consumerParked.Store(false)
	s.disarm()
	if !s.auto.off {
		s.auto.waitedFor(began, s.now())
	}
}
