//go:build !race && (amd64 || arm64 || loong64 || ppc64le || ppc64 || riscv64 || s390x)

package stream

import "sync/atomic"

// word is a counter that one goroutine writes for every row and any goroutine may read now and then, as Stats does.
//
// An atomic store costs as much as all the rest of handing over a row (an XCHG on amd64), so the writer stores plainly.
// The Go memory model bounds what that can do ("Implementation Restrictions for Programs Containing Data Races"): a read
// of a machine word observes a value that was actually written, at worst an old one, and Stats promises no more to other
// goroutines. Nothing is ever ordered by a word. Builds with the race detector, and 32-bit ones, use atomic stores.
type word struct{ v uint64 }

func (w *word) set(v uint64) { w.v = v }
func (w *word) load() uint64 { return atomic.LoadUint64(&w.v) }
