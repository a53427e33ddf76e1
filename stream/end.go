package stream

import (
	"errors"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

var errNoSlab = errors.New("fraiseql: BUG: the source holds buffers of rows that were given back")

// The two sides of a stream end apart, each once; what is between them stands in life.go.
//
//	leave         the consuming side: the last row was taken, or somebody wants no more; rows still buffered are dropped
//	failReader    the producing side, where a limit stops it: the rows that came before are still the consumer's
//
// The source is given back once, and whoever does that, or comes last, retires the stream:
//
//	handBack      the consumer, behind the last row
//	windDown      a goroutine of its own, for everybody who must not wait
//	failReader    the background reader that met the limit

// leave ends the stream for its consumer. It says whether it was the first to do so, and returns at once, except at the
// end of the result, where the source has been given back when it returns.
func (s *Stream) leave(c cause, err error) bool {
	from, first := s.life.leave(c, err)
	if !first {
		return false
	}
	s.endPause()
	if c != causeEnd {
		s.src.Interrupt()
		s.meet.consumer.wakeUp()
		s.meet.reader.wakeUp()
	}
	switch {
	case from == failing: // the background reader retires the stream
	case from == stopped && c == causeEnd:
		s.retire()
	case from == stopped:
		go s.retire()
	case c == causeEnd:
		s.handBack()
	default:
		go s.windDown()
	}
	return true
}

// handBack gives the source back after the end of the query.
func (s *Stream) handBack() {
	s.producer.token.Lock()
	s.src.Done()
	s.producer.token.Unlock()
	s.consumer.ring.Recycle()
	s.life.release(nil)
	s.retire()
}

// windDown takes the fill token, which its holder gives up soon after the interrupt, and stops the source.
func (s *Stream) windDown() {
	s.producer.token.Lock()
	err := s.src.Stop()
	s.producer.token.Unlock()
	s.life.release(err)
	s.retire()
}

// failReader stops the source if the background reader has given up: the query is over, and its connection free, before
// the consumer has taken the rows that came before. It says whether to retire the stream, because the consumer has gone
// meanwhile. REQUIRES: the fill token, in the background reader.
func (s *Stream) failReader() (last bool) {
	err := s.producer.failure
	if err == nil || !s.life.exhaust(failing, err) {
		return false
	}
	s.meet.consumer.wakeIfParked()
	return s.life.release(s.src.Stop())
}

// retire lets go of all that outlives the source, and tells who waits for the end. It is called once, in the phase
// released, and nobody fills any more.
func (s *Stream) retire() {
	s.watch.end()
	s.account.close(s.producer.bytes.Load(), s.meet.reader.wake)
	c := s.consumer.counts()
	s.record.report(c)
	s.record.end(wiremetrics.End{
		Status:   s.life.status(),
		Category: string(werr.CategoryOf(s.life.err)),
		Total:    time.Since(s.env.Start),
		Bytes:    s.producer.bytes.Load(),
		Rows:     c.head,
	})
	registry.remove(s)
	if len(s.set.onEnd) > 0 {
		s.set.tellEnd(s.summary())
	}
	s.life.end()
}

// status: what the program ended is cancelled, whatever error the consumer sees then. REQUIRES: a phase from leaving on.
func (l *life) status() wiremetrics.Status {
	switch {
	case l.cause == causeClose || l.cause == causeCancel || l.cause == causeContext:
		return wiremetrics.StatusCancelled
	case l.err != nil:
		return wiremetrics.StatusError
	}
	return wiremetrics.StatusSuccess
}

func (s *Stream) contextEnded() {
	s.leave(causeContext, &werr.OpError{Op: "stream", Err: werr.FromContext(s.watch.ctx)})
}

// Err is the first error of the stream: the server's, a limit's, the context's. It is nil while rows come, after a
// complete result and after Close. Any goroutine may ask.
func (s *Stream) Err() error {
	if !s.life.halted() {
		return nil
	}
	return s.life.err
}

// Close ends the stream. If rows remain, the server is told to cancel, what it still sends is read and dropped, within
// Config.CancelTimeout, and the connection is ready for its next query when Close returns; if that cannot be done, the
// connection is closed and Close says why. Any goroutine may call it, any number of times.
func (s *Stream) Close() error {
	s.leave(causeClose, nil)
	<-s.life.done
	return s.life.stop
}
