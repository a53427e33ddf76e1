//go:build race

package conn

// rawReads is off under the race detector, which does not see what the kernel writes.
const rawReads = false
