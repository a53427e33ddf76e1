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
// What it is worth depends on the processor. Two runs on amd64, the builds in turn, medians of five and of seven
// of the process's user and system time: with atomic stores BenchmarkNext takes 2.5 and 1.13 times as much, and
// a whole query from a server at full speed in the same process 1.25 and 1.05 times (go test -run '^$' -bench
// 'Synthetic/rows=100000/size=120/via=unix/mode=pull' -benchtime 200x ./bench, with -tags atomicwords and without).
//
// Atomic stores only where rows are given back, at most once in 64 rows, are as cheap as plain ones for every
// row: 0.95 and 1.00 times in the second run. But the consumer's own Stats would lag behind its rows, and is
// exact now. And rows that it has taken would count as buffered for up to 64 rows more: a small memory limit
// would hold the server back, or fail the stream under MemoryFail, although there is room.
type word struct{ v uint64 }

func (w *word) set(v uint64) { w.v = v }
func (w *word) load() uint64 { return atomic.LoadUint64(&w.v) }
