//go:build unix

package stream

import (
	"syscall"
	"time"
)

// processTimeKnown says that processTime can be asked.
const processTimeKnown = true

// processTime is the processor time of this process so far, user and system (getrusage(2)). It cannot fail: the
// arguments are right.
func processTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
