package stream

import (
	"errors"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

var errNoSlab = errors.New("fraiseql: BUG: the source holds buffers of rows that were given back")

// The two sides of a stream end separately, each once; life.go has the phases in between.
//
//	leave         the consuming side: the last row was taken, or no more rows are wanted; rows still buffered are dropped
//	failReader    the producing side, when a limit stops it: the consumer still gets the rows that came before
//
// One of these gives the source back, once. It then retires the stream, or leaves that to leave if the consuming side
// has not ended yet:
//
//	handBack      the consumer, after the last row
//	windDown      a goroutine of its own, on behalf of callers that must not wait
//	failReader    the background reader that met the limit

// leave ends the stream for its consumer, and reports whether it was the first to do so. It does not wait, except that
// at the end of the result it returns after the source has been given back.
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

// handBack gives the source back after the end of the query. It is called by the consumer, which has taken every row; no
// background reader runs any more.
func (s *Stream) handBack() {
	s.token.Lock()
	s.src.Done()
	s.token.Unlock()
	s.life.release(nil)
	s.retire()
	s.record.forget()
	used := s.workspace
	s.workspace = nil
	used.recycle()
}

// windDown takes the fill token, which its holder gives up soon after the interrupt, and stops the source.
func (s *Stream) windDown() {
	s.token.Lock()
	err := s.src.Stop()
	s.token.Unlock()
	s.life.release(err)
	s.retire()
}

// failReader stops the source if the background reader has given up, so that the query ends and its connection becomes
// free before the consumer has taken the rows that are buffered. It reports whether the caller must retire the stream,
// because the consumer has left meanwhile. REQUIRES: the fill token; the caller is the background reader.
func (s *Stream) failReader() (last bool) {
	err := s.producer.failure
	if err == nil || !s.life.exhaust(failing, err) {
		return false
	}
	s.meet.consumer.wakeIfParked()
	return s.life.release(s.src.Stop())
}

// retire releases everything that outlives the source, and wakes all who wait for the end of the stream. It is called
// once, in the phase released, when no fill can happen any more.
func (s *Stream) retire() {
	s.watch.end()
	s.account.close(s.published.bytes.Load(), &s.meet.reader)
	c := s.consumer.counts()
	elapsed := time.Since(s.env.Start)
	s.record.report(c)
	s.record.end(wiremetrics.End{
		Status:   s.life.status(),
		Category: string(werr.CategoryOf(s.life.err)),
		Total:    elapsed,
		Bytes:    s.published.bytes.Load(),
		Rows:     c.head,
	})
	registry.remove(s)
	if len(s.set.onEnd) > 0 {
		s.set.tellEnd(s.summary(elapsed))
	}
	s.life.end()
}

// status returns StatusCancelled if the program ended the stream, whatever error the consumer sees. REQUIRES: the
// phase leaving or a later one.
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

// Err returns the first error of the stream: the server's, a limit's, the context's. It is nil while rows may come,
// after a complete result and after Close. Any goroutine may call it.
func (s *Stream) Err() error {
	if !s.life.halted() {
		return nil
	}
	return s.life.err
}

// Close ends the stream. If rows remain, Close asks the server to cancel the query and discards what it still sends,
// within Config.CancelTimeout; when Close returns, the connection is ready for its next query. If that fails, the
// connection is closed and Close returns the reason. Any goroutine may call it, any number of times.
func (s *Stream) Close() error {
	s.leave(causeClose, nil)
	<-s.life.over()
	return s.life.stop
}
