package conn

import (
	"errors"
	"fmt"
	"os"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

var errNoKey = errors.New("the server gave no key to cancel with, so the connection was closed")

// drain stops the query on the server: it sends a CancelRequest, reads and discards what the server still sends until
// the server is ready for the next query, and makes sure that no cancel can hit that one. After an error the
// connection must be closed.
//
// If the end of the answer has already arrived, no CancelRequest is sent.
func (s *source) drain(deadline time.Time) error {
	c := s.c
	if c.result.phase == ready {
		return nil
	}
	c.link.Drain(deadline)
	c.result.discarding = true
	if done, err := s.discardArrived(); done || err != nil {
		return s.undrained(err)
	}
	if len(c.key) == 0 {
		return &werr.OpError{Op: "cancel", Err: errNoKey}
	}
	k := startCanceller(c, deadline)
	if c.link.Expired() {
		return k.withoutDrain()
	}
	k.headStart()
	err := s.discard()
	if unproven := k.finish(err == nil); unproven != nil {
		return s.undrained(unproven)
	}
	return s.undrained(err)
}

var errDeadlinesIgnored = errors.New("the connection that Config.Dial returned ignored a deadline, so it was closed")

// withoutDrain waits for the first request to end. The connection is closed already, so nothing can be drained.
func (k *canceller) withoutDrain() error {
	select {
	case <-k.first:
	case <-k.ctx.Done():
	}
	_ = k.finish(false)
	return &werr.OpError{Op: "cancel", Err: errDeadlinesIgnored}
}

// undrained returns the error of a drain that failed with err.
func (s *source) undrained(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &werr.CancellationTimeoutError{After: s.c.cfg.CancelTimeout}
	}
	s.c.broken(err)
	return &werr.OpError{Op: "cancel", Err: fmt.Errorf("the connection was closed: %w", s.c.explain(err))}
}

// discardArrived reads and discards what has arrived, without waiting. It returns done as true if the answer is
// complete.
func (s *source) discardArrived() (done bool, err error) {
	if s.c.State() == Closed {
		return false, werr.ErrConnectionClosed
	}
	for range arrivedReads {
		if done, err := s.discardScanned(); done || err != nil {
			return done, err
		}
		if n, err := s.c.readArrived(); n == 0 || err != nil {
			return false, err
		}
	}
	return s.discardScanned()
}

// arrivedReads is the largest number of reads in discardArrived, because a server may send faster than this client
// reads.
const arrivedReads = 4

// discard reads and discards everything until the answer is complete.
func (s *source) discard() error {
	for {
		if done, err := s.discardScanned(); done || err != nil {
			return err
		}
		if _, _, err := s.c.read(); err != nil {
			return err
		}
	}
}

// discardScanned discards what was read. It returns done as true if the answer is complete.
func (s *source) discardScanned() (done bool, err error) {
	for s.c.result.phase != ready {
		if s.c.result.phase == inRows {
			before := s.c.reader.Buffered()
			next, err := s.c.reader.Skip()
			if s.c.reader.Buffered() != before {
				s.c.lastWord = nil
			}
			if err != nil {
				return false, err
			}
			if next == protocol.NeedMore {
				return false, nil
			}
		}
		if ok, err := s.message(); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// abandon drains the query in the background. over is closed when the connection is idle or closed.
func (s *source) abandon() (over <-chan struct{}) {
	s.c.mu.Lock()
	over = s.c.turnOver()
	s.c.mu.Unlock()
	s.c.cancelling()
	go s.Stop() //nolint:errcheck // the connection's state shows the result
	return over
}
