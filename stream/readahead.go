package stream

import (
	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
)

// startReader starts the background reader, which takes over the fill token. If the token is held, the stream is being
// ended, and no reader is started.
func (s *Stream) startReader() {
	p := &s.producer
	if !s.token.TryLock() {
		return
	}
	if s.life.now() != flowing {
		s.token.Unlock()
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
	s.token.Unlock()
	s.meet.reading.Store(false) // after the unlock: the consumer, seeing false, tries to lock the token
	s.meet.consumer.wakeUp()
	if last {
		s.retire()
	}
}

// readStep runs one fill, after what must come before it, and reports whether to go on. REQUIRES: the fill token.
func (s *Stream) readStep() bool {
	may := s.mayRead()
	switch {
	case s.meet.receding.Load(): // checked after mayRead has cleared the interrupt, like the other flags
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
			s.arm() // bytes have come: the stall timeout restarts
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

// readerPaused waits for Resume, and reports whether to go on. REQUIRES: the fill token.
func (s *Stream) readerPaused() bool {
	s.parkReader(s.pause.on.Load)
	if s.life.halted() {
		return false
	}
	if s.meet.consumer.parked.Load() {
		s.arm() // the stall timeout does not run during a pause
	}
	return true
}

// readerNoRoom handles, in the background reader, a row that does not fit, and reports whether to go on. REQUIRES: the
// fill token.
func (s *Stream) readerNoRoom(need int) bool {
	a := &s.account
	if a.limit > 0 && need > a.limit {
		return s.giveUp(s.record.memoryExceeded(a.limit, s.bufferedBytes()+need))
	}
	freed := s.producer.ring.Freed() // read before anything else: later changes wake the reader
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
	return s.parkForRoom(func() bool { return a.budget.spent(need, s.meet.reader.channel()) && s.producer.ring.Freed() == freed })
}

// parkForRoom is parkReader at a memory limit. It returns true: the reader goes on.
func (s *Stream) parkForRoom(blocked func() bool) bool {
	s.meet.noRoom.Store(true)
	s.parkReader(blocked)
	s.meet.noRoom.Store(false)
	return true
}

// parkReader waits if blocked returns true and the stream has not ended, until the reader is woken. Wake-ups may be
// spurious, so the caller checks again. The reader keeps the token meanwhile; whatever ends the stream wakes it.
func (s *Stream) parkReader(blocked func() bool) {
	s.meet.reader.parked.Store(true)
	if blocked() && !s.life.halted() && !s.meet.receding.Load() {
		s.meet.reader.await()
	}
	s.meet.reader.parked.Store(false)
}

// awaitReader waits for the background reader's next chunk or its end, or stops the reader, if the policy says so.
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
		s.meet.consumer.await()
	}
	s.meet.consumer.parked.Store(false)
	s.disarm()
	if !s.policy.disabled {
		s.policy.waitedFor(began, s.producer.clock.now())
	}
}

// recedeReader asks the background reader to stop, so that the consumer fills the ring again, and waits until it has.
func (s *Stream) recedeReader() {
	s.meet.receding.Store(true)
	s.src.Interrupt()
	s.meet.reader.wakeUp()
	for s.meet.reading.Load() {
		s.meet.consumer.await()
	}
	s.meet.receding.Store(false)
	s.policy.reset(never)
}
