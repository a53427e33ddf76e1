package stream

import (
	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// startReader starts the background reader. It takes the fill token with it; where that is with somebody else, the stream
// is being ended.
func (s *Stream) startReader() {
	p := &s.producer
	if !p.token.TryLock() {
		return
	}
	if s.life.now() != flowing {
		p.token.Unlock()
		return
	}
	if s.set.adaptive() && p.sizer == nil {
		p.sizer = chunking.New(s.set.chunking)
	}
	s.meet.reading.Store(true)
	go s.readAhead()
}

// readAhead fills the ring while the consumer works, until the end of the query or of the stream. Only this goroutine
// holds the fill token while it runs.
func (s *Stream) readAhead() {
	for s.readStep() {
	}
	last := s.failReader()
	s.producer.token.Unlock()
	s.meet.reading.Store(false) // only now: who sees it may want the token
	s.meet.consumer.wakeUp()
	if last {
		s.retire()
	}
}

// readStep is one fill with what must come before it, and whether to go on. REQUIRES: the fill token.
func (s *Stream) readStep() bool {
	may := s.mayRead()
	switch {
	case s.meet.receding.Load(): // looked at after mayRead has cleared, like the other flags
		return false
	case !may:
		return s.readerPaused()
	case s.producer.full():
		s.parkReader(s.producer.full)
		return true
	}
	outcome := s.step()
	f := &s.producer.fill
	switch outcome {
	case feed.Progress:
		if f.N == 0 && s.meet.consumer.parked.Load() {
			s.arm() // a byte has come: the stall begins anew
		}
	case feed.Interrupted:
		s.checkDeadline()
	case feed.NoRoom:
		return s.readerNoRoom(f.Need)
	case feed.NoSlab:
		freed := s.producer.ring.Freed()
		s.parkReader(func() bool { return s.producer.ring.Freed() == freed })
	case feed.Refused:
		return s.giveUp(f.Err)
	case feed.Ended, feed.Broken:
		return false
	}
	return true
}

// giveUp makes the reader end with err: see failReader. It returns false, which ends the reader's loop. REQUIRES: the
// fill token.
func (s *Stream) giveUp(err error) bool {
	s.producer.failure = err
	return false
}

// readerPaused waits for Resume, and says whether to go on. REQUIRES: the fill token.
func (s *Stream) readerPaused() bool {
	s.parkReader(s.pause.on.Load)
	if s.life.halted() {
		return false
	}
	if s.meet.consumer.parked.Load() {
		s.arm() // no stall ran during the pause
	}
	return true
}

// readerNoRoom is the background reader in front of a row that does not fit: whether to go on. REQUIRES: the fill token.
func (s *Stream) readerNoRoom(need int) bool {
	a := &s.account
	if a.limit > 0 && need > a.limit {
		return s.giveUp(s.record.memoryExceeded(a.limit, s.bufferedBytes()+need))
	}
	freed := s.producer.ring.Freed() // before all else that is looked at: what changes later wakes the reader
	full := func() bool { return a.limit > 0 && s.bufferedBytes()+need > a.limit }
	switch {
	case full():
		if a.failsAtLimit {
			return s.giveUp(s.record.memoryExceeded(a.limit, s.bufferedBytes()+need))
		}
		return s.parkForRoom(func() bool { return full() && s.producer.ring.Freed() == freed })
	case a.budget == nil:
		return true // the consumer has taken rows meanwhile
	case s.bufferedBytes() == 0:
		a.force(need)
		return true
	}
	if current, exceeded := a.failsOverBudget(need); exceeded {
		return s.giveUp(s.record.memoryExceeded(a.budget.limit, current))
	}
	return s.parkForRoom(func() bool { return a.budget.spent(need, s.meet.reader.wake) && s.producer.ring.Freed() == freed })
}

// parkForRoom is parkReader in front of a memory limit. It returns true: the reader goes on.
func (s *Stream) parkForRoom(blocked func() bool) bool {
	s.meet.noRoom.Store(true)
	s.parkReader(blocked)
	s.meet.noRoom.Store(false)
	return true
}

// parkReader waits while blocked holds and the stream runs unpaused, or until somebody wakes it for another reason: the
// caller looks again. The token stays with the reader, which every end of the stream wakes.
func (s *Stream) parkReader(blocked func() bool) {
	s.meet.reader.parked.Store(true)
	if blocked() && !s.life.halted() && !s.meet.receding.Load() {
		<-s.meet.reader.wake
	}
	s.meet.reader.parked.Store(false)
}

// awaitReader waits for the background reader's next chunk, or its end; or does without it from now on.
func (s *Stream) awaitReader() {
	if s.policy.hungry() {
		s.recedeReader()
		return
	}
	var began moment
	if !s.policy.disabled {
		began = s.producer.clock.now()
	}
	s.meet.consumer.parked.Store(true)
	s.arm()
	for s.consumer.atTail() && s.meet.reading.Load() && !s.life.exhausted() {
		<-s.meet.consumer.wake
	}
	s.meet.consumer.parked.Store(false)
	s.disarm()
	if !s.policy.disabled {
		s.policy.waitedFor(began, s.producer.clock.now())
	}
}

// recedeReader asks the background reader to give the filling back, and waits until it has.
func (s *Stream) recedeReader() {
	s.meet.receding.Store(true)
	s.src.Interrupt()
	s.meet.reader.wakeUp()
	for s.meet.reading.Load() {
		<-s.meet.consumer.wake
	}
	s.meet.receding.Store(false)
	s.policy.reset(never)
}
