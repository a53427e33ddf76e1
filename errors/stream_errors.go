package errors

import (
	"fmt"
	"time"
)

// SchemaError means that the result is not exactly one column named data of type json or jsonb. Query returns it, and
// the connection can be used for the next query.
type SchemaError struct {
	Columns []string // the names of all columns; none if the statement returns no rows
	OID     uint32   // the type of the column, if there is only one
}

// Error says what the columns are and what they should be.
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

// MemoryLimitExceededError means that the next row would have exceeded a memory limit or a budget.
type MemoryLimitExceededError struct {
	Limit   int // in bytes
	Current int // the bytes buffered, plus those of the next row
}

// Error shows both numbers.
func (e *MemoryLimitExceededError) Error() string {
	return fmt.Sprintf("%smemory limit of %d bytes exceeded: the next row would make it %d; read faster, raise the limit, or use MemoryWait",
		prefix, e.Limit, e.Current)
}

// CancellationTimeoutError means that the server did not end a cancelled query in time. The connection is closed.
type CancellationTimeoutError struct {
	After time.Duration
	Err   error // the error of the context that ended the wait, or nil
}

// Error says how long the wait was.
func (e *CancellationTimeoutError) Error() string {
	return fmt.Sprintf("%sthe server did not end the cancelled query within %v; the connection was closed", prefix, e.After)
}

// Unwrap returns the context's error, or nil.
func (e *CancellationTimeoutError) Unwrap() error { return e.Err }

// Timeout is true, as for a net.Error that is a timeout.
func (e *CancellationTimeoutError) Timeout() bool { return true }

// TimeoutError means that a phase took longer than its limit: Config.ConnectTimeout, stream.WithFirstRowTimeout or
// stream.WithStallTimeout.
type TimeoutError struct {
	Phase string // "connect", "first row" or "stall"
	After time.Duration
}

// Error names the phase and its limit.
func (e *TimeoutError) Error() string {
	return fmt.Sprintf("%s%s timeout: nothing came within %v", prefix, e.Phase, e.After)
}

// Timeout is true, as for a net.Error that is a timeout.
func (e *TimeoutError) Timeout() bool { return true }
