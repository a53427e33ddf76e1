package stream

import (
	"encoding/json"
	"sync/atomic"

	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// consumer is what the consuming side knows: the row in hand, and how far the ring was read. It belongs to the consumer;
// what other goroutines may read of it is said with the fields.
type consumer struct {
	ring *ring.Ring
	row  json.RawMessage // in hand
	head uint64          // rows taken
	tail uint64          // rows published, as last seen
	// ahead is a row number: Next takes the rows below it without a look at anything but the ring's tail and the end of the
	// stream. 0 where every row has to be looked at.
	ahead      uint64
	giveBackAt uint64 // the head at which rows are given back next
	taken      uint64 // bytes of the rows taken
	plain      bool   // rows go to the consumer as they are
	judged     uint64 // number, counted from 1, of the row that Peek has found to be kept; unused where plain
	validator  validator

	// For any goroutine to read.
	headWord, takenWord word          // head and taken, written for every row
	filtered            atomic.Uint64 // rows that the filter dropped
	kept, keptBytes     atomic.Uint64 // rows that were looked at and yielded; unused where plain
}

// counts is what the consumer has done so far.
type counts struct {
	head         uint64 // rows taken
	taken        uint64 // their bytes
	yielded      uint64 // rows that the program was given
	yieldedBytes uint64
	filtered     uint64 // rows that the filter dropped
}

func (c *consumer) begin(rows *ring.Ring, set *Settings) {
	c.ring = rows
	c.plain = set.keep == nil && !set.validate
	c.giveBackAt = c.giveBackEvery()
}

// hand puts a row into the consumer's hands.
func (c *consumer) hand(row []byte) {
	c.row = row
	c.head++
	c.taken += uint64(len(row))
	c.headWord.set(c.head)
	c.takenWord.set(c.taken)
}

// advance hands over the row at the head, and says how far Next may go by itself. REQUIRES: head < tail, and rows were
// given back as far as is due.
func (c *consumer) advance() {
	row := c.ring.At(c.head)
	if len(row) > bigRow {
		c.ring.Drop(c.head)
	}
	c.hand(row)
	if c.plain {
		c.ahead = min(c.tail, c.giveBackAt)
	}
}

// bigRow: larger rows have a buffer of their own, which lives only as long as somebody refers to it.
const bigRow = 64 << 10

// giveBackEvery is how many rows the consumer takes before it tells the producer.
func (c *consumer) giveBackEvery() uint64 { return uint64(max(1, min(64, c.ring.Cap()/4))) }

// giveBack frees the slots of the rows taken.
func (c *consumer) giveBack() {
	c.giveBackAt = c.head + c.giveBackEvery()
	c.ring.GiveBack(c.head)
}

// givesBackNext says that the next call to Next gives back the rows taken so far.
func (c *consumer) givesBackNext() bool { return c.head >= c.giveBackAt || c.head == c.tail }

// atTail says that every row published so far was taken.
func (c *consumer) atTail() bool { return c.ring.Tail() == c.head }

// counts is exact for the consumer, and at most one chunk old for others. Any goroutine.
func (c *consumer) counts() counts {
	n := counts{head: c.headWord.load(), taken: c.takenWord.load(), filtered: c.filtered.Load()}
	if n.yielded, n.yieldedBytes = n.head, n.taken; !c.plain {
		n.yielded, n.yieldedBytes = c.kept.Load(), c.keptBytes.Load()
	}
	return n
}
