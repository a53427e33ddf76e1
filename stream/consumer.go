package stream

import (
	"encoding/json"
	"sync/atomic"

	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// consumer is the state of the consuming side: the current row, and how far the ring was read. It belongs to the
// consumer's goroutine, except for the fields that are marked as readable by others.
type consumer struct {
	ring *ring.Ring
	row  json.RawMessage // the current row
	head uint64          // rows taken
	tail uint64          // rows published, as last seen
	// ahead is a row number: for the rows below it Next checks only the ring's tail and whether the stream has ended. 0
	// if every row has to be checked.
	ahead      uint64
	giveBackAt uint64     // the head at which rows are given back next
	taken      uint64     // bytes of the rows taken
	plain      bool       // there is neither a filter nor validation
	judged     uint64     // number, counted from 1, of the row that Peek has checked and kept; unused if plain
	validator  *validator // nil without validation

	// For any goroutine to read.
	headWord, takenWord word          // copies of head and taken, written for every row
	filtered            atomic.Uint64 // rows that the filter dropped
	kept, keptBytes     atomic.Uint64 // rows that were checked and yielded; unused if plain
}

// counts is what the consumer has done so far.
type counts struct {
	head         uint64 // rows taken
	taken        uint64 // their bytes
	yielded      uint64 // rows that were given to the program
	yieldedBytes uint64
	filtered     uint64 // rows that the filter dropped
}

func (c *consumer) begin(rows *ring.Ring, set *Settings) {
	c.ring = rows
	c.plain = set.keep == nil && !set.validate
	c.giveBackAt = c.giveBackEvery()
	if set.validate {
		c.validator = new(validator)
	}
}

// hand makes row the current row.
func (c *consumer) hand(row []byte) {
	c.row = row
	c.head++
	c.taken += uint64(len(row))
	c.headWord.set(c.head)
	c.takenWord.set(c.taken)
}

// advance makes the row at the head the current row, and sets ahead. REQUIRES: head < tail, and rows were given back as
// far as is due.
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

// bigRow is the size above which a row has a buffer of its own, which lives only as long as something refers to it.
const bigRow = 64 << 10

// giveBackEvery is how many rows the consumer takes before it gives them back to the producer.
func (c *consumer) giveBackEvery() uint64 { return uint64(max(1, min(64, c.ring.Cap()/4))) }

// giveBack lets the producer reuse the slots of the rows taken.
func (c *consumer) giveBack() {
	c.giveBackAt = c.head + c.giveBackEvery()
	c.ring.GiveBack(c.head)
}

// givesBackNext reports whether the next call to Next gives back the rows taken so far.
func (c *consumer) givesBackNext() bool { return c.head >= c.giveBackAt || c.head == c.tail }

// atTail reports whether every row published so far was taken.
func (c *consumer) atTail() bool { return c.ring.Tail() == c.head }

// counts is exact for the consumer, and at most one chunk old for other goroutines. Any goroutine may call it.
func (c *consumer) counts() counts {
	n := counts{head: c.headWord.load(), taken: c.takenWord.load(), filtered: c.filtered.Load()}
	if n.yielded, n.yieldedBytes = n.head, n.taken; !c.plain {
		n.yielded, n.yieldedBytes = c.kept.Load(), c.keptBytes.Load()
	}
	return n
}
