//go:build race

package link

// rawReads is off under the race detector, which does not see what the kernel writes.
const rawReads = false
