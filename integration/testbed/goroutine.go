package testbed

import (
	"bytes"
	"runtime"
	"testing"
)

// Goroutine identifies a goroutine by the beginning of its stack trace, such as "goroutine 7 ".
type Goroutine string

// ThisGoroutine returns the caller's goroutine.
func ThisGoroutine() Goroutine {
	header := make([]byte, 64)
	header = header[:runtime.Stack(header, false)]
	return Goroutine(header[:bytes.IndexByte(header, '[')])
}

// WaitState waits until the goroutine is parked in a state, as a stack trace names it: "IO wait", "select".
func (g Goroutine) WaitState(t testing.TB, state string) {
	t.Helper()
	stacks, parked := make([]byte, 4<<20), []byte(string(g)+"["+state)
	Eventually(t, string(g)+"in the state "+state, func() bool {
		return bytes.Contains(stacks[:runtime.Stack(stacks, true)], parked)
	})
}
