package conn

import (
	"errors"
	"os"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// source is the connection's side of one query. It implements feed.Source, where the order of the calls, and who
// makes them, are documented. It is all that a stream keeps of the query.
type source struct {
	c     *Conn
	watch // with the number of the turn
}

func (c *Conn) newSource(turn link.Turn) *source {
	return &source{c: c, watch: watch{link: c.link, turn: turn}}
}

// Fill returns the rows that have arrived, or those that one read brings.
func (s *source) Fill(f *feed.Fill) {
	r := s.c.reader
	r.Free(f.Freed)
	f.N, f.Bytes, f.Need, f.Read, f.Waited = 0, 0, 0, 0, false
	f.Outcome, f.Err = s.fill(f)
	f.Held, f.HeldMax = r.Held(), r.Budget()
}

func (s *source) fill(f *feed.Fill) (feed.Outcome, error) {
	for read := false; ; read = true {
		outcome, err := s.scan(f)
		if err != nil {
			return feed.Broken, s.lost(err)
		}
		// What has arrived is published before waiting for anything else, even if it is only part of a row.
		if outcome != needMore || f.N > 0 || read {
			return outcome.outcome(), s.c.result.refusal()
		}
		n, waited, err := s.c.read()
		f.Read, f.Waited = n, waited
		switch {
		case err == nil:
		case errors.Is(err, protocol.ErrNoSlab):
			return feed.NoSlab, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return feed.Interrupted, nil
		default:
			return feed.Broken, s.lost(err)
		}
	}
}

// scanned is how a scan of what has arrived ended.
type scanned uint8

const (
	needMore scanned = iota // all of it was scanned
	full                    // there is no slot for another row
	noRoom                  // the next row does not fit into the room
	finished                // the server is ready for the next query
	refused                 // another result follows
)

// outcome returns the corresponding value of package feed.
func (o scanned) outcome() feed.Outcome {
	return [...]feed.Outcome{
		needMore: feed.Progress, full: feed.Progress, noRoom: feed.NoRoom, finished: feed.Ended, refused: feed.Refused,
	}[o]
}

// scan puts rows into f and handles messages until it ends with one of its outcomes. Rows that were put are valid
// even if it returns an error.
func (s *source) scan(f *feed.Fill) (scanned, error) {
	r := s.c.reader
	for s.c.result.phase != ready {
		if s.c.result.further {
			return refused, nil
		}
		if s.c.result.phase == inRows {
			next, err := s.rows(f)
			if err != nil {
				return needMore, err
			}
			switch next {
			case protocol.NeedMore:
				return needMore, nil
			case protocol.DstFull:
				return full, nil
			case protocol.NoRoom:
				f.Need = r.Need()
				return noRoom, nil
			}
		}
		if ok, err := s.message(); err != nil || !ok {
			return needMore, err
		}
	}
	return finished, nil
}

// rows puts the next rows into f, as far as there is room.
func (s *source) rows(f *feed.Fill) (protocol.Stop, error) {
	room := f.Room
	if room >= 0 {
		room -= f.Bytes
	}
	n, bytes, next, err := s.c.reader.Rows(f.Rows[f.N:], room)
	if n > 0 {
		s.c.lastWord = nil
	}
	f.N += n
	f.Bytes += bytes
	s.c.result.rows += uint64(n)
	return next, err
}

// message handles the next message; ok is false while it is incomplete.
func (s *source) message() (ok bool, err error) {
	typ, body, ok, err := s.c.reader.Message()
	if err != nil || !ok {
		return false, err
	}
	if typ == 'D' {
		s.c.lastWord = nil
		err := s.c.result.settingsRow(body)
		return err == nil, err
	}
	m, err := s.c.decoder.Decode(typ, body)
	if err != nil {
		return false, err
	}
	if done, err := s.c.asynchronous(m); done {
		return err == nil, err
	}
	err = s.c.result.handle(typ, m, s.c)
	return err == nil, err
}

// lost closes the connection after err and returns the error to report: the server's last error, if there is one,
// because it is more informative than the end of the network connection that followed.
func (s *source) lost(err error) error {
	s.c.broken(err)
	if s.c.result.failure != nil {
		return s.c.result.failure
	}
	return s.c.explain(err)
}

// Interrupt implements feed.Source.
func (s *source) Interrupt() { s.c.link.Interrupt(s.turn) }

// Clear implements feed.Source.
func (s *source) Clear() { s.c.link.Clear(s.turn) }

// SetDeadline implements feed.Source.
func (s *source) SetDeadline(t time.Time) { s.c.link.SetDeadline(s.turn, t) }

// Abort implements feed.Source.
func (s *source) Abort() { s.c.link.Abort(s.turn) }

// Done releases the connection after the query's end.
func (s *source) Done() {
	if s.c.State() == Closed {
		s.c.fail()
		return
	}
	s.c.reader.Free(s.c.result.rows)
	s.c.release()
}

// Stop ends the query before its end: see drain.
func (s *source) Stop() error {
	s.c.cancelling()
	s.c.reader.Abandon()
	if err := s.drain(time.Now().Add(s.c.cfg.CancelTimeout)); err != nil {
		s.c.fail()
		return err
	}
	s.c.release()
	return nil
}
