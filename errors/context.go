package errors

import (
	"context"
	"fmt"
)

// FromContext returns the error of a context that has ended, or nil if ctx has not ended: its Err, together with its
// cause if it has one (context.WithCancelCause).
func FromContext(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != err { // compared by identity: without a cause both are the same value
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}
