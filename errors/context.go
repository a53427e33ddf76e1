package errors

import (
	"context"
	"fmt"
)

// FromContext is the error of a context that has ended: its Err, with its cause behind it where somebody gave it one of its
// own. nil while ctx goes on.
func FromContext(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != err { // identity: a cause of its own was given
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}
