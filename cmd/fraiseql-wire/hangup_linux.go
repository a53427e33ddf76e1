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
	pollWait = 250 * time.Millisecond // after which the run's end is seen
)

// pollFD is struct pollfd of poll(2).
type pollFD struct {
	fd              int32
	events, revents int16
}

// watchHangup ends the context with EPIPE when whoever reads w, a pipe, has gone: a query that has nothing to write for a
// while would else run on for nobody.
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
					return // not a file to wait for: the next write will tell
				}
			}
		}()
	}
	return ctx, func() { cancel(nil) }
}

// poll waits for up to pollWait, and returns what it is told then; 0: nothing. POLLERR need not be asked for.
func poll(fd int32) (events int16) {
	file := pollFD{fd: fd}
	wait := syscall.NsecToTimespec(pollWait.Nanoseconds())
	n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&file)), 1, uintptr(unsafe.Pointer(&wait)),
		0, 0, 0)
	if errno != 0 || n == 0 {
		return 0 // a signal, or the end of the wait
	}
	return file.revents
}
