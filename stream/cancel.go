package stream

import (
	"context"
	"errors"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Cancel ends the query on the server and waits until the server is done with it: when it returns nil, the connection
// is ready for its next query, or closed if the server could not be told (Conn.State says which). Err then returns
// ErrCancelled, unless the stream had already ended. If ctx ends first, Cancel closes the connection and returns a
// *errors.CancellationTimeoutError. Any goroutine may call it, at any time.
func (s *Stream) Cancel(ctx context.Context) error { return s.cancel(ctx, time.Now()) }

func (s *Stream) cancel(ctx context.Context, began time.Time) error {
	first := s.leave(causeCancel, werr.ErrCancelled)
	var late *werr.CancellationTimeoutError
	select {
	case <-s.life.over():
		if first {
			errors.As(s.life.stop, &late)
		}
	case <-ctx.Done():
		s.src.Abort()
		late = &werr.CancellationTimeoutError{After: time.Since(began), Err: ctx.Err()}
	}
	if first {
		s.record.cancelled(time.Since(began))
	}
	if late != nil {
		return late
	}
	return nil
}

// CancelTimeout is Cancel with a timeout of d.
func (s *Stream) CancelTimeout(d time.Duration) error {
	began := time.Now() // before the context is made, so that no error reports less than d
	ctx, stop := context.WithTimeout(context.Background(), d)
	defer stop()
	return s.cancel(ctx, began)
}
