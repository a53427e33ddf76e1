// Package ring is a bounded ring of row descriptors between one producer and one consumer.
//
// A descriptor is a slice that aliases a read buffer, or nil for SQL NULL. The ring moves descriptors, never bytes.
// Rows are numbered from 0 for the life of a ring; three numbers describe its state:
//
//	freed <= head <= tail,  tail - freed <= capacity
//
//	rows [head, tail)   published, not yet taken: what Len counts
//	rows [freed, head)  taken, but perhaps still in use by the consumer
//
// The producer publishes a run of rows at once (a chunk) and the consumer gives rows back in runs, so that the shared
// counters are written once per run. The head belongs to the consumer and is not stored in the ring.
package ring

import (
	"math/bits"
	"sync/atomic"
)

// DefaultCapacity is the default number of rows that a ring holds.
const DefaultCapacity = 1024

// MaxCapacity bounds a ring: 1<<24 descriptors are 384 MiB.
const MaxCapacity = 1 << 24

// Ring is a ring of descriptors. Free and Publish belong to the producer, At, Drop and GiveBack to the consumer; Tail
// and Freed may be called from any goroutine.
type Ring struct {
	slots [][]byte
	mask  uint64
	_     [32]byte // keeps the two counters on separate cache lines: each is written by one side and read by the other
	tail  atomic.Uint64
	_     [56]byte
	freed atomic.Uint64
	_     [56]byte
}

// New returns an empty ring for at least capacity rows, rounded up to a power of two; 0 means DefaultCapacity.
func New(capacity int) *Ring {
	capacity = Capacity(capacity)
	return &Ring{slots: make([][]byte, capacity), mask: uint64(capacity - 1)}
}

// Capacity returns the number of rows that New(n) has room for.
func Capacity(n int) int {
	switch {
	case n <= 0:
		return DefaultCapacity
	case n >= MaxCapacity:
		return MaxCapacity
	}
	return 1 << bits.Len(uint(n-1))
}

// Reset makes the ring as New returns it. Neither side may use it meanwhile, and none of its rows may be in use.
func (r *Ring) Reset() {
	clear(r.slots[:min(r.tail.Load(), uint64(len(r.slots)))])
	r.tail.Store(0)
	r.freed.Store(0)
}

// Cap returns the number of rows the ring has room for.
func (r *Ring) Cap() int { return len(r.slots) }

// Tail returns the number of rows published since New.
func (r *Ring) Tail() uint64 { return r.tail.Load() }

// Freed returns the number of rows given back since New.
func (r *Ring) Freed() uint64 { return r.freed.Load() }

// Free returns the contiguous free slots after the tail, at most limit of them: none if the ring is full, and not all
// of them if they wrap around the end of the ring. Only the producer may call it.
func (r *Ring) Free(limit int) [][]byte {
	tail := r.tail.Load()
	free := uint64(len(r.slots)) - (tail - r.freed.Load())
	at := tail & r.mask
	n := min(free, uint64(len(r.slots))-at, uint64(limit))
	return r.slots[at : at+n : at+n]
}

// Publish makes the first n slots of the last Free visible to the consumer, in one step. Only the producer may call it.
func (r *Ring) Publish(n int) { r.tail.Store(r.tail.Load() + uint64(n)) }

// At returns row i. REQUIRES: Freed() <= i < Tail(). Only the consumer may call it.
func (r *Ring) At(i uint64) []byte { return r.slots[i&r.mask] }

// Drop clears row i, so that the ring does not keep its memory alive. The rules of At apply.
func (r *Ring) Drop(i uint64) { r.slots[i&r.mask] = nil }

// GiveBack tells the producer that the rows below head are no longer in use: their slots, and the memory that they
// alias, may be reused. Only the consumer may call it.
func (r *Ring) GiveBack(head uint64) { r.freed.Store(head) }
