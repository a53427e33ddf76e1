package stream

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
)

// Stream is the result of one query. Next, Row, Peek, Decode, All, WriteTo, WriteArray and the generic readers belong
// to one goroutine at a time, the consumer; all other methods may be called from any goroutine. A stream must be read
// to its end or closed: until then its connection is busy.
//
// Each part has one owner and one rule for its use, documented at its type; the package comment has a diagram.
type Stream struct {
	set *Settings   // fixed
	env feed.Env    // fixed
	src feed.Source // fixed

	*workspace // nil after the end of the result; only the consumer and the holder of the fill token use it

	consumer  consumer
	published published
	meet      rendezvous
	life      life
	pause     pause
	silence   *silence // nil without timeouts
	account   account
	record    record
	watch     watch
	place     place

	// token is held while Fill, Clear, Stop and Done of the source run. It is released only between fills; a goroutine
	// that waits for it has interrupted the holder first.
	token sync.Mutex
}

// New starts a stream that reads from src. When ctx ends, so does the stream.
//
// It is for package conn: nobody outside this module can name the types of its arguments.
func New(ctx context.Context, src feed.Source, set *Settings, env feed.Env) (*Stream, feed.Handle) {
	if env.Start.IsZero() {
		env.Start = time.Now()
	}
	s := &Stream{set: set, env: env, src: src, workspace: newWorkspace(set.capacity)}
	s.producer.clock = clock{env.Start}
	s.consumer.begin(s.producer.ring, set)
	s.published.begin(set)
	s.policy.begin(set.readAhead, set.processors)
	s.silence = newSilence(set, env.Start)
	s.account.begin(set)
	s.record.begin(set.entity, env.Metrics, env.Logger, &s.polls)
	registry.add(s)
	s.watchContext(ctx, env.StopContext)
	if set.readAhead == ReadAheadAlways { // last: the reader may end the stream at once
		s.startReader()
	}
	return s, (*handle)(s)
}

// Next advances to the next row, and blocks until there is one. It returns false after the last row and after any
// failure, which Err then returns. The previous row is no longer valid.
func (s *Stream) Next() bool {
	c := &s.consumer
	if c.head < c.ahead && c.ring.Tail() == c.tail && !s.life.halted() { // the path of nearly every row
		if row := c.ring.At(c.head); len(row) <= bigRow {
			invariants.Poison(c.row)
			c.hand(row)
			return true
		}
	}
	return s.next()
}

// next is the slow path of Next, for when a check is needed before or after a row is handed over.
func (s *Stream) next() bool {
	for s.reach() {
		s.advance()
		if s.consumer.plain || s.accept() {
			return true
		}
	}
	return false
}

// Row returns the current row: one JSON document as the server sent it, or nil for SQL NULL. It aliases a read buffer:
// it is valid until the next call to Next, even if the stream is closed or cancelled in between, and must not be
// modified. To keep it, copy it with bytes.Clone. Builds with the race detector or the tag invariants overwrite it at
// the next call to Next.
func (s *Stream) Row() json.RawMessage { return s.consumer.row }

// reach gives up the current row and waits until there is a row at the head. It returns false if there will be none.
func (s *Stream) reach() bool {
	c := &s.consumer
	invariants.Poison(c.row)
	c.row = nil
	for {
		if s.life.halted() {
			s.record.report(c.counts())
			return false
		}
		if s.seeTail() {
			return true
		}
		s.await()
	}
}

// seeTail checks what has been published, and reports whether there is a row at the head.
func (s *Stream) seeTail() bool {
	c := &s.consumer
	if tail := c.ring.Tail(); tail != c.tail {
		s.record.tailMoved(c.head, tail)
		c.tail = tail
	}
	return c.head < c.tail
}

// advance hands over the row at the head. REQUIRES: head < tail.
func (s *Stream) advance() {
	if s.consumer.head >= s.consumer.giveBackAt {
		s.giveBack()
	}
	s.consumer.advance()
}

// giveBack tells the producing side that the rows taken so far are no longer used, so that their slots and their memory
// can be reused. It also reports the consumer's tallies when that is due. REQUIRES: there is no current row.
func (s *Stream) giveBack() {
	s.consumer.giveBack()
	s.account.returnUpTo(s.consumer.taken)
	s.meet.reader.wakeIfParked()
	if s.record.due() {
		s.record.report(s.consumer.counts())
	}
}

// await is called by the consumer when the ring is empty: it fills the ring, or waits for the background reader to do
// so. It may return without a row, so the caller checks again.
func (s *Stream) await() {
	s.record.ringEmpty(s.consumer.head)
	s.giveBack()
	switch {
	case s.life.exhausted():
		// A last chunk may have been published after the tail was read and before the phase was.
		if s.consumer.atTail() {
			s.leave(causeEnd, s.life.last)
		}
	case s.meet.reading.Load():
		s.awaitReader()
	default:
		s.pull()
	}
}

// watch ends the stream with its context.
type watch struct {
	ctx context.Context // for its error, whether it is watched here or by the connection

	mu   sync.Mutex // held by begin, so that a callback that runs at once finds stop set
	stop func() bool
}

// watchContext ends the stream when ctx ends. If stop is not nil, the connection watches ctx already, and stop ends
// that watch.
func (s *Stream) watchContext(ctx context.Context, stop func() bool) {
	w := &s.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ctx, w.stop = ctx, stop
	if stop == nil && ctx.Done() != nil {
		w.stop = context.AfterFunc(ctx, s.contextEnded)
	}
}

func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stop != nil {
		w.stop()
	}
}
