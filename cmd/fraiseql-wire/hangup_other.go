//go:build !linux

package main

import (
	"context"
	"io"
)

// watchHangup does nothing on this system. A closed pipe is found by the next write.
func watchHangup(ctx context.Context, _ io.Writer) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}
