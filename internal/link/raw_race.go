//go:build race

package link

// rawCalls is off under the race detector, which does not see what the kernel reads and writes.
const rawCalls = false
