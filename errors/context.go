package errors

import (
	"context"
	"errors"
)

// FromContext is the error of a context that has ended: its Err, joined with its cause where somebody gave it one of its
// own. nil while ctx goes on.
func FromContext(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != err { //nolint:errorlint // identity: a cause of its own was given
		return errors.Join(err, cause)
	}
	return err
}
