//go:build !race && !atomicwords && (amd64 || arm64 || loong64 || ppc64le || ppc64 || riscv64 || s390x)

package stream

import "sync/atomic"

// word is a counter that one goroutine writes for every row and any goroutine may read now and then, as Stats does.
//
// An atomic store costs more than all the rest of handing over a row (an XCHG on amd64), so the writer stores plainly. The
// Go memory model bounds what that can do ("Implementation Restrictions for Programs Containing Data Races"): a read of a
// machine word observes a value that was actually written, at worst an old one, and Stats promises no more to other
// goroutines. Nothing is ever ordered by a word. Builds with the race detector, with the tag atomicwords, and 32-bit ones
// use atomic stores.
//
// Measured on amd64, both builds in turn, medians of five, user and system time of the process: with -tags atomicwords
// BenchmarkNext takes 2.5 times as much, and a whole query from a server at full speed in the same process 1.25 times
// (go test -run '^$' -bench 'Synthetic/rows=100000/size=120/via=unix/mode=pull' -benchtime 40x ./bench). To store only where
// rows are given back would cost nothing, but Stats is exact for the consumer after each row.
type word struct{ v uint64 }

func (w *word) set(v uint64) { w.v = v }
func (w *word) load() uint64 { return atomic.LoadUint64(&w.v) }
