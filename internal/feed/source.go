package feed

import "time"

// Source is the server's side of one query, as a stream sees it. Package conn implements it on a connection; tests
// implement it in a few lines. It is called once per fill, never per row.
//
// Fill, Clear, Stop and Done belong to the holder of the stream's fill token and are never called at the same time.
// Interrupt, SetDeadline and Abort may be called from any goroutine, even during a Fill or a Stop. After the query has
// ended they do nothing: they never affect the connection's next query.
type Source interface {
	// Fill puts rows into f.Rows: those that have already arrived or, if there are none, what one Read of the socket
	// brings. It blocks only in that Read. See the type Fill for its results.
	Fill(f *Fill)

	// Interrupt makes a Fill that blocks, and every later one that would read, return Interrupted at once, until Clear.
	// A partly read message is kept. If a read cannot be interrupted, the connection is closed.
	Interrupt()

	// Clear reverts Interrupt. The caller must check the stream's flags afterwards, not before: then an Interrupt that
	// comes in between either shows in a flag or stops the next Fill.
	Clear()

	// SetDeadline bounds the Read of the current and later Fills; they return Interrupted when it passes. The zero time
	// means no deadline. An Interrupt stays in effect whatever the deadline.
	SetDeadline(t time.Time)

	// Stop ends the query early: it asks the server to cancel, discards what the server still sends, and makes the
	// connection idle, or closes it if that takes longer than the connection's cancel timeout. Rows handed out stay
	// valid: their memory is left to the garbage collector. Stop calls Clear itself. It returns an error if the
	// connection had to be closed.
	Stop() error

	// Abort closes the connection, so that a Fill or Stop under way returns soon.
	Abort()

	// Done gives the connection back after a Fill has reported Ended or Broken. No row may be in use any more: the
	// memory of all rows may be reused.
	Done()
}

// Outcome says why a Fill returned.
type Outcome uint8

const (
	// Progress: rows were added, or part of a row has arrived. Fill again for more.
	Progress Outcome = iota
	// NoRoom: the next row would exceed Fill.Room; Fill.Need is its size in bytes. Its body may not have been read.
	NoRoom
	// NoSlab: all read buffers are held by rows that the consumer has not given back.
	NoSlab
	// Interrupted: Interrupt was called, or the deadline has passed. Nothing is lost; Fill may be called again.
	Interrupted
	// Ended: the server is done with the query and ready for the next. Fill.Err is its error, if it sent one.
	Ended
	// Broken: the connection failed and is closed. Fill.Err says why.
	Broken
	// Refused: the next message is not part of this result, and the query has to be stopped. Fill.Err says why. Every
	// later Fill returns the same.
	Refused
)

// Fill is one step of filling: the stream's request, and its result. Rows are valid whatever the outcome, and precede
// Err.
type Fill struct {
	Rows  [][]byte // in: free slots to put rows into, at least one; a row is nil for SQL NULL
	Room  int      // in: maximum size of the rows in bytes; negative: no bound
	Freed uint64   // in: rows that the consumer has given back since the query began; their memory may be reused

	N       int     // out: number of rows added
	Bytes   int     // out: their size in bytes
	Outcome Outcome // out
	Need    int     // out: with NoRoom, size in bytes of the row that does not fit
	Err     error   // out: with Ended, Broken or Refused
	Read    int     // out: bytes that the Read returned; 0: there was no Read
	Waited  bool    // out: whether the Read had to wait for data
	Held    int     // out: bytes of read buffers in use
	HeldMax int     // out: bytes of read buffers at which Fill reports NoSlab
}
