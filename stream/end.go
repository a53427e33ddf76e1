package stream

import (
	"errors"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

var errNoSlab = errors.New("fraiseql: BUG: the source holds buffers of rows that were given back")

// A stream ends once, in one of two ways; both set cause under mu, and whoever comes second does nothing:
//
//	complete   the consumer has taken the last row: the source is given back with Done, at once
//	beginEnd   anything else: rows still buffered are dropped, and the source is stopped behind the caller's back
//
// In between stands a producer that failed (stopProducer): it stops the source, and so ends the query, while the consumer
// takes the rows that came before, and then completes with the producer's error.

// complete ends the stream behind its last row. Only the consumer, at the end of the ring of a finished producer.
func (s *Stream) complete() {
	if !s.settleCause(causeEnd, s.producerErr) {
		return
	}
	if s.stopping {
		go s.windDown() // the drain may take its time; the consumer's answer does not wait for it
		return
	}
	s.token.Lock()
	s.over = true
	s.src.Done()
	s.token.Unlock()
	s.ring.Recycle()
	s.retire()
}

// beginEnd ends the stream now: no further row is handed out, and the source is stopped in the background. It says
// whether it was the first.
func (s *Stream) beginEnd(c cause, err error) bool {
	if !s.settleCause(c, err) {
		return false
	}
	go s.windDown()
	return true
}

// settleCause notes why the stream ends, and stops everybody who reads or waits.
func (s *Stream) settleCause(c cause, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != running {
		return false
	}
	s.cause, s.err = c, err
	final := Completed
	if err != nil {
		final = Failed
	}
	s.endPause()
	s.final.Store(uint32(final))
	s.halted.Store(true)
	if c != causeEnd {
		s.src.Interrupt()
		wake(s.wakeConsumer)
		if s.wakeReader != nil {
			wake(s.wakeReader)
		}
	}
	return true
}

// windDown takes the fill token, which its holder gives up soon after the interrupt, and stops the source.
func (s *Stream) windDown() {
	if s.producerDone.Load() && s.stopping {
		<-s.ended // the holder is in Stop, which may take its time
	}
	s.token.Lock()
	s.stopSource()
	s.token.Unlock()
	s.retire()
}

// stopSource: the source is stopped once. REQUIRES: the fill token.
func (s *Stream) stopSource() {
	if !s.over {
		s.over = true
		s.stopErr = s.src.Stop()
	}
}

// stopProducer ends the producing side with err: the rows buffered are delivered, then err. The query is over before
// that, and its connection free. REQUIRES: the fill token, in the background reader.
func (s *Stream) stopProducer(err error) {
	s.stopping = true
	s.finishProducer(err)
	s.stopSource()
	s.sourceFree.Do(func() { close(s.ended) })
}

// retire lets go of all that outlives the source, and tells who waits for the end.
func (s *Stream) retire() {
	if s.stopContext != nil {
		s.stopContext()
	}
	s.releaseAllBudget()
	s.record.end(s)
	registry.remove(s)
	s.sourceFree.Do(func() { close(s.ended) })
	if len(s.set.onEnd) > 0 {
		s.set.tellEnd(s.summary())
	}
	close(s.retired)
}

func (s *Stream) contextEnded() {
	s.beginEnd(causeContext, &werr.OpError{Op: "stream", Err: werr.FromContext(s.ctx)})
}

// Err is the first error of the stream: the server's, a limit's, the context's. It is nil while rows come, after a
// complete result and after Close. Any goroutine may ask.
func (s *Stream) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Close ends the stream. If rows remain, the server is told to cancel, what it still sends is read and dropped, within
// Config.CancelTimeout, and the connection is ready for its next query when Close returns; if that cannot be done, the
// connection is closed and Close says why. Any goroutine may call it, any number of times.
func (s *Stream) Close() error {
	s.beginEnd(causeClose, nil)
	<-s.retired
	return s.stopErr
}
