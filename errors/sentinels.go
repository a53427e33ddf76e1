package errors

import "errors"

// Conditions that callers test for with errors.Is; they may arrive wrapped.
var (
	// ErrConnectionBusy: a stream of this connection has not ended. Read it to its end or close it first. Nothing of
	// the refused query was sent.
	ErrConnectionBusy = errors.New("fraiseql: connection busy: read the running stream to its end, or close it, before the next query")
	// ErrConnectionClosed: the connection was closed, by Conn.Close or after a failure. Connect again.
	ErrConnectionClosed = errors.New("fraiseql: connection closed")
	// ErrStreamAlreadyClosed: the stream has ended, so it cannot be paused or resumed any more.
	ErrStreamAlreadyClosed = errors.New("fraiseql: stream already closed")
	// ErrStreamNotPaused: Resume without a Pause.
	ErrStreamNotPaused = errors.New("fraiseql: stream is not paused")
	// ErrCancelled: the stream was ended by Stream.Cancel or CancelTimeout.
	ErrCancelled = errors.New("fraiseql: query cancelled")
)
