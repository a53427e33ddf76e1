//go:build race || atomicwords || !(amd64 || arm64 || loong64 || ppc64le || ppc64 || riscv64 || s390x)

package stream

import "sync/atomic"

// word is a counter that one goroutine writes for every row and any goroutine may read; see word_plain.go.
type word struct{ v atomic.Uint64 }

func (w *word) set(v uint64) { w.v.Store(v) }
func (w *word) load() uint64 { return w.v.Load() }
