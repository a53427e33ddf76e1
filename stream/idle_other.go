//go:build !unix

package stream

import "time"

// processTimeKnown says that processTime is not to be asked.
const processTimeKnown = false

func processTime() time.Duration {
	panic("BUG: stream: the processor time is not known on this system")
}
