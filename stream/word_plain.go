//go:build !race && !atomicwords && (amd64 || arm64 || loong64 || ppc64le || ppc64 || riscv64 || s390x)

package stream

import "sync/atomic"

// word is a counter that one goroutine writes for every row and any goroutine may read now and then, as Stats does.
//
// The writer uses a plain store, because an atomic store (an XCHG on amd64) is a large part of what handing over a row
// costs. The Go memory model bounds what that can do ("Implementation Restrictions for Programs Containing Data
// Races"): a read of a machine word observes a value that was actually written, at worst an old one, and Stats promises
// no more to other goroutines. No other memory access is ordered by a word. Builds with the race detector or the tag
// atomicwords, and 32-bit builds, use atomic stores.
//
// The gain depends on the processor and its load. On amd64, as the median of seven alternating runs of two builds, a
// row of 120 bytes from a server at full speed costs the client 18.4 ns of processor time with plain stores and 20.2 ns
// with atomic ones, 1.10 times as much; on a busier machine the factor was between 1.05 and 1.25. With rows of 1 KB
// there is no measurable difference. To repeat the measurement, build bench/peers/cmd/contest with and without -tags
// atomicwords, and run it as docs/PERFORMANCE.md describes for a server at full speed.
//
// Atomic stores only when rows are given back, at most once in 64 rows, would be as cheap as plain stores for every
// row. But then the consumer's own Stats, which is exact now, would lag behind. And rows already taken would count as
// buffered for up to 64 rows: a small memory limit would hold the server back, or fail the stream under MemoryFail,
// although there is room.
type word struct{ v uint64 }

func (w *word) set(v uint64) { w.v = v }
func (w *word) load() uint64 { return atomic.LoadUint64(&w.v) }
