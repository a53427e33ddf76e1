//go:build !linux

package main

import (
	"context"
	"io"
)

// watchHangup does nothing on this system. The next write notices a closed pipe.
func watchHangup(ctx context.Context, _ io.Writer) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}
