package main

import (
	"context"
	"io"
	"os"
	"syscall"
	"time"
	"unsafe"
)

const (
	pollErr  = 0x8                    // POLLERR of poll(2): the other end of a pipe is closed
	pollWait = 250 * time.Millisecond // how often the end of the run is checked for
)

// pollFD is struct pollfd of poll(2).
type pollFD struct {
	fd              int32
	events, revents int16
}

// watchHangup returns a context that ends with EPIPE when w is a pipe and its reader has closed it. A write would fail
// with the same error, but a query may run for a long time before it has something to write.
func watchHangup(ctx context.Context, w io.Writer) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	if isPipe(w) {
		fd := int32(w.(*os.File).Fd())
		go func() {
			for ctx.Err() == nil {
				switch events := poll(fd); {
				case events&pollErr != 0:
					cancel(syscall.EPIPE)
				case events != 0:
					return // this file cannot be polled; the next write will notice a closed pipe
				}
			}
		}()
	}
	return ctx, func() { cancel(nil) }
}

// poll waits for an event of fd for at most pollWait, and returns it, or 0. POLLERR is always reported.
func poll(fd int32) (events int16) {
	file := pollFD{fd: fd}
	wait := syscall.NsecToTimespec(pollWait.Nanoseconds())
	n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&file)), 1, uintptr(unsafe.Pointer(&wait)),
		0, 0, 0)
	if errno != 0 || n == 0 {
		return 0 // interrupted by a signal, or timed out
	}
	return file.revents
}
