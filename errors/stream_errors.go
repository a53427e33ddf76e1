package errors

import (
	"fmt"
	"time"
)

// SchemaError is a result that is not exactly one column named data of type json or jsonb. It comes out of Query; the
// connection is usable.
type SchemaError struct {
	Columns []string // names of all columns, none if the statement returns no rows
	OID     uint32   // the type of the column, where there is just one
}

// Error says what came and what is wanted.
func (e *SchemaError) Error() string {
	const want = "; want one column named data of type json or jsonb: select ... as data"
	switch len(e.Columns) {
	case 0:
		return prefix + "the statement returns no columns" + want
	case 1:
		return printable(fmt.Sprintf("%sthe result's column is %q with type OID %d%s", prefix, e.Columns[0], e.OID, want))
	}
	shown := e.Columns[:min(len(e.Columns), 10)]
	return printable(fmt.Sprintf("%sthe result has %d columns, %q%s", prefix, len(e.Columns), shown, want))
}

// MemoryLimitExceededError is a memory limit, or a budget, that the next row would have exceeded. All values are bytes.
type MemoryLimitExceededError struct {
	Limit   int
	Current int // what the next row would have brought the buffered bytes to
}

// Error has both numbers.
func (e *MemoryLimitExceededError) Error() string {
	return fmt.Sprintf("%smemory limit of %d bytes exceeded: the next row would make it %d; read faster, raise the limit, or use MemoryWait",
		prefix, e.Limit, e.Current)
}

// CancellationTimeoutError is a cancelled query whose end did not come in time. The connection is closed.
type CancellationTimeoutError struct {
	After time.Duration
	Err   error // the context's error where there is one
}

// Error says how long was waited.
func (e *CancellationTimeoutError) Error() string {
	return fmt.Sprintf("%sthe server did not end the cancelled query within %v; the connection was closed", prefix, e.After)
}

// Unwrap is the context's error, or nil.
func (e *CancellationTimeoutError) Unwrap() error { return e.Err }

// Timeout is true: the error is a net.Error's kind of timeout.
func (e *CancellationTimeoutError) Timeout() bool { return true }

// TimeoutError is a bound on one phase that has passed: "connect", "first row", "stall".
type TimeoutError struct {
	Phase string
	After time.Duration
}

// Error names the phase.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("%s%s timeout: nothing came within %v", prefix, e.Phase, e.After)
}

// Timeout is true.
func (e *TimeoutError) Timeout() bool { return true }

// DecodeError is a row that did not become what was asked for.
type DecodeError struct {
	Row  uint64 // from 1, as the server sent them
	Type string // the Go type, or "json" for a row that is not one JSON document
	Err  error
}

// Error has the row's number; the row itself stays out of it.
func (e *DecodeError) Error() string {
	return printable(fmt.Sprintf("%srow %d does not decode into %s: %s", prefix, e.Row, e.Type, inner(e.Err)))
}

// Unwrap is the parser's error.
func (e *DecodeError) Unwrap() error { return e.Err }
