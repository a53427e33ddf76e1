//go:build !linux

package main

import (
	"context"
	"io"
)

// watchHangup does nothing here: a closed pipe is noticed at the next write.
func watchHangup(ctx context.Context, _ io.Writer) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}
