//go:build !race && !atomicwords && (amd64 || arm64 || loong64 || ppc64le || ppc64 || riscv64 || s390x)

package stream

import "sync/atomic"

// word is a counter that one goroutine writes for every row and any goroutine may read now and then, as Stats does.
//
// The writer stores plainly, because an atomic store (an XCHG on amd64) is a large part of what handing over a
// row costs. The Go memory model bounds what that can do ("Implementation Restrictions for Programs Containing
// Data Races"): a read of a machine word observes a value that was actually written, at worst an old one, and
// Stats promises no more to other goroutines. Nothing is ever ordered by a word. Builds with the race detector,
// with the tag atomicwords, and 32-bit ones use atomic stores.
//
// What it is worth depends on the processor, and on what else it does. On amd64, medians of seven runs of two builds in
// turn, a row of 120 bytes from a server at full speed costs the client 18.4 ns of processor time with plain stores and
// 20.2 with atomic ones, 1.10 times as much; in busier hours it was 1.05 and 1.25. Of rows of 1 KB it is nothing that
// shows. To repeat it, build bench/peers/cmd/contest with -tags atomicwords and without, and run it as
// docs/PERFORMANCE.md says of a server at full speed.
//
// Atomic stores only where rows are given back, at most once in 64 rows, are as cheap as plain ones for every
// row. But the consumer's own Stats would lag behind its rows, and is
// exact now. And rows that it has taken would count as buffered for up to 64 rows more: a small memory limit
// would hold the server back, or fail the stream under MemoryFail, although there is room.
type word struct{ v uint64 }

func (w *word) set(v uint64) { w.v = v }
func (w *word) load() uint64 { return atomic.LoadUint64(&w.v) }
