package errors

import "errors"

// Compare errors with these by errors.Is, because they may be wrapped.
var (
	// ErrConnectionBusy means that a stream on this connection has not ended. Read it to its end or close it first. No
	// part of the refused query was sent.
	ErrConnectionBusy = errors.New("fraiseql: connection busy: read the running stream to its end, or close it, before the next query")
	// ErrConnectionClosed means that the connection was closed, by Conn.Close or after a failure. Connect again.
	ErrConnectionClosed = errors.New("fraiseql: connection closed")
	// ErrStreamAlreadyClosed means that the stream has ended, and so cannot be paused or resumed.
	ErrStreamAlreadyClosed = errors.New("fraiseql: stream already closed")
	// ErrStreamNotPaused means that Resume was called on a stream that is not paused.
	ErrStreamNotPaused = errors.New("fraiseql: stream is not paused")
	// ErrCancelled means that the stream was ended by Stream.Cancel or Stream.CancelTimeout.
	ErrCancelled = errors.New("fraiseql: query cancelled")
)
