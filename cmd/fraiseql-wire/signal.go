package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// signalError is the cause of the run's context after a signal.
type signalError struct{ number int32 }

// Error names the signal, and says what happened to the query.
func (e signalError) Error() string {
	name := "a signal"
	switch syscall.Signal(e.number) {
	case syscall.SIGINT:
		name = "an interrupt"
	case syscall.SIGTERM:
		name = "SIGTERM"
	}
	return fmt.Sprintf("stopped by %s; a running query was cancelled on the server", name)
}

// signalWatch remembers the first signal, which ends the context, so that the query is cancelled on the server and
// drained. The second signal ends the process at once.
type signalWatch struct{ first atomic.Int32 }

func watchSignals(ctx context.Context) (context.Context, *signalWatch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &signalWatch{}
	arrived := make(chan os.Signal, 2)
	signal.Notify(arrived, os.Interrupt, syscall.SIGTERM)
	go func() {
		first := number(<-arrived)
		w.first.Store(first)
		cancel(signalError{first})
		os.Exit(128 + int(number(<-arrived)))
	}()
	return ctx, w
}

func number(s os.Signal) int32 {
	if n, ok := s.(syscall.Signal); ok {
		return int32(n)
	}
	return int32(syscall.SIGINT)
}

// exitCode returns the exit code of a run that ended with status: 130 after an interrupt and 143 after SIGTERM, unless
// the run was complete when the signal arrived.
func (w *signalWatch) exitCode(status int) int {
	if first := w.first.Load(); first != 0 && status != exitDone {
		return 128 + int(first)
	}
	return status
}
