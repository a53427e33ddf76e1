package stream

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/invariants"
	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// Stream is the result of one query. Next, Row, Decode, All, WriteTo and the generic readers belong to one goroutine at a
// time, the consumer; everything else may be called from any goroutine. A stream must be read to its end or closed:
// until then its connection is busy.
type Stream struct {
	src feed.Source
	set *Settings
	env feed.Env

	// The consumer's own.
	ring   *ring.Ring
	row    json.RawMessage
	head   uint64 // rows taken
	tail   uint64 // rows published, as last seen
	ahead  uint64 // rows that Next may take without a look at anything; 0: none
	plain  bool   // rows go to the consumer as they are
	judged uint64 // number of the row, counted from 1, that Peek has found to be kept; unused where plain
	settle uint64 // head at which rows are given back next
	taken  uint64 // bytes of the rows taken
	auto   auto

	// What Stats reads of the consumer: written for every row.
	headWord, takenWord word
	filtered            atomic.Uint64
	kept, keptBytes     atomic.Uint64 // rows that were looked at and yielded; unused where all are
	returned            atomic.Uint64 // bytes given back to the budget

	// The fill token: held for Fill, Clear, Stop and Done of the source, and for the fields below it. It is given away
	// only between fills; who waits for it has interrupted the holder before.
	token         sync.Mutex
	fill          feed.Fill
	firstRowAfter time.Duration   // from sending the query to its first row; 0: none has come
	began         moment          // of the last fill
	filled        moment          // its end
	sizer         *chunking.Sizer // of the background reader; nil before its first run, and where the chunk size is fixed
	granted       int             // bytes reserved from the budget for the fill under way
	aboveSoft     bool            // the buffered bytes were above the soft limit at the last publish
	over          bool            // Done or Stop has been called on the source
	stopErr       error           // what Stop returned

	// What the producer publishes.
	published      atomic.Uint64 // rows
	publishedBytes atomic.Uint64
	chunkRows      atomic.Int64
	producerErr    error       // set before producerDone: what comes after the last row
	stopping       bool        // set before producerDone: the holder of the token is in Stop
	producerDone   atomic.Bool // no row will be published any more

	// Waiting. A side sets its flag, looks once more, and then waits; the other side changes what was looked at, then
	// the flag tells it whether to wake.
	reading        atomic.Bool // a background reader is running
	consumerParked atomic.Bool
	readerParked   atomic.Bool
	wakeConsumer   chan struct{} // capacity 1: a wake-up is never lost, a spurious one does no harm
	wakeReader     chan struct{}

	// Control, and what is recorded.
	halted   atomic.Bool // no further row is handed out; set with cause
	paused   atomic.Bool // written under mu
	final    atomic.Uint32
	mu       sync.Mutex
	cause    cause
	err      error
	pause    pauseState
	wait     deadline
	firstRow time.Time // when the first row must have come; zero: nobody has waited for it yet
	record   record

	sourceFree sync.Once     // closes ended
	ended      chan struct{} // closed when the source was given back or stopped
	retired    chan struct{} // closed when, beyond that, everything has been recorded: nothing of the stream goes on

	place place // among all streams that have not ended

	ctx         context.Context // for its error: the one who watches it may be somebody else
	stopContext func() bool
}

// New starts a stream over src. From here on the end of ctx ends the stream.
//
// It is for package conn: nobody outside this module can name the types of its arguments.
func New(ctx context.Context, src feed.Source, set *Settings, env feed.Env) (*Stream, feed.Handle) {
	s := &Stream{
		src: src, set: set, env: env,
		ring:         ring.New(set.capacity),
		wakeConsumer: make(chan struct{}, 1),
		ended:        make(chan struct{}),
		retired:      make(chan struct{}),
	}
	if s.env.Start.IsZero() {
		s.env.Start = time.Now()
	}
	s.settle = s.settleRows()
	s.plain = set.keep == nil && !set.validate
	s.chunkRows.Store(int64(set.chunkRows))
	if set.adaptive() {
		s.chunkRows.Store(int64(set.chunking.Initial))
	}
	s.auto.begin(set.readAhead)
	if set.readAhead != ReadAheadNever {
		s.wakeReader = make(chan struct{}, 1)
	}
	s.record.begin(s)
	registry.add(s)
	if set.readAhead == ReadAheadAlways {
		s.startReader()
	}
	s.ctx = ctx
	switch {
	case env.StopContext != nil:
		s.stopContext = env.StopContext
	case ctx.Done() != nil:
		// Under mu, so that a callback that runs at once finds stopContext set.
		s.mu.Lock()
		s.stopContext = context.AfterFunc(ctx, s.contextEnded)
		s.mu.Unlock()
	}
	return s, (*handle)(s)
}

// Next takes the next row; it blocks until there is one. It returns false after the last row and after any failure, which
// Err then tells, and ends the life of the row before.
func (s *Stream) Next() bool {
	if s.head < s.ahead && s.ring.Tail() == s.tail && !s.halted.Load() { // nearly every row comes this way
		if row := s.ring.At(s.head); len(row) <= bigRow {
			invariants.Poison(s.row)
			s.hand(row)
			return true
		}
	}
	return s.next()
}

// next is Next where there is something to look at before the row, or after it.
func (s *Stream) next() bool {
	for s.take() {
		if s.plain || s.accept() {
			return true
		}
	}
	return false
}

// Row is the row that Next took: one JSON document as the server sent it, nil for SQL NULL. It aliases a read buffer: it
// is valid until the consumer's next call to Next, also when the stream is closed or cancelled in between, and must not
// be changed. Keep it with bytes.Clone. Builds with the race detector or the tag invariants overwrite it at the next
// call to Next.
func (s *Stream) Row() json.RawMessage { return s.row }

// take moves one row from the ring into the consumer's hands.
func (s *Stream) take() bool {
	if !s.reach() {
		return false
	}
	s.advance()
	return true
}

// reach ends the life of the row in hand, and waits until there is a row at the head; false: there will be none.
func (s *Stream) reach() bool {
	invariants.Poison(s.row)
	s.row = nil
	for {
		if s.halted.Load() {
			s.record.report(s)
			return false
		}
		if tail := s.ring.Tail(); tail != s.tail {
			s.record.tailMoved(s.head, tail)
			s.tail = tail
		}
		if s.head < s.tail {
			return true
		}
		s.await()
	}
}

// advance hands over the row at the head, and says how far Next may go by itself. REQUIRES: head < tail.
func (s *Stream) advance() {
	if s.head >= s.settle {
		s.giveBack()
	}
	row := s.ring.At(s.head)
	if len(row) > bigRow {
		s.ring.Drop(s.head)
	}
	s.hand(row)
	if s.plain {
		s.ahead = min(s.tail, s.settle)
	}
}

// hand puts a row into the consumer's hands.
func (s *Stream) hand(row []byte) {
	s.row = row
	s.head++
	s.taken += uint64(len(row))
	s.headWord.set(s.head)
	s.takenWord.set(s.taken)
}

// bigRow: larger rows have a buffer of their own, which lives only as long as somebody refers to it.
const bigRow = 64 << 10

// settleRows is how many rows the consumer takes before it tells the producer.
func (s *Stream) settleRows() uint64 { return uint64(max(1, min(64, s.ring.Cap()/4))) }

// giveBack settles: every row taken so far is dead, the producer may use its slot and its memory, and what the consumer
// tallied is recorded when that is due. REQUIRES: no row is in the consumer's hands.
func (s *Stream) giveBack() {
	s.settle = s.head + s.settleRows()
	s.ring.GiveBack(s.head)
	s.releaseBudget()
	if s.readerParked.Load() {
		wake(s.wakeReader)
	}
	s.record.reportIfDue(s)
}

// await is the consumer at an empty ring: it makes rows come, or waits until somebody does. When it returns, the caller
// looks again.
func (s *Stream) await() {
	s.record.ringEmpty(s.head)
	s.giveBack()
	switch {
	case s.producerDone.Load():
		// A last run may have been published between the look at the tail and the look at the flag.
		if s.ring.Tail() == s.head {
			s.complete()
		}
	case s.reading.Load():
		s.awaitReader()
	default:
		s.pull()
	}
}

// wake never blocks: the channel holds one wake-up, and one is enough.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
