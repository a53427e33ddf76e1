package errors

import (
	"context"
	"fmt"
)

// FromContext returns the error of a context that has ended, or nil while ctx goes on: its Err, joined by its cause if it
// was given one (context.WithCancelCause).
func FromContext(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != err { // compared by identity: without a cause of its own both are the same value
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}
