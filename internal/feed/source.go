package feed

import "time"

// Source is the server's side of one query, as a stream sees it. Package conn implements it on a connection; tests
// implement it in a few lines. It is crossed once per fill, never per row.
//
// Fill, Clear, Stop and Done belong to the holder of the stream's fill token and are never called at the same time.
// Interrupt, SetDeadline and Abort may be called from any goroutine, also while a Fill or a Stop is under way, and after
// the query has ended, when they do nothing: they never reach the connection's next query.
type Source interface {
	// Fill puts rows into f.Rows: first those that have already arrived, and only if there are none, what one Read
	// of the socket brings. It blocks in that one Read alone. See Fill for what it leaves behind.
	Fill(f *Fill)

	// Interrupt makes a Fill that blocks, and every later one that would read, return Interrupted at once, until
	// Clear. A frame half read is kept. Where a read cannot be interrupted, the connection is closed.
	Interrupt()

	// Clear takes Interrupt back. Who clears must look at the stream's flags afterwards, not before: an Interrupt
	// that comes in between is then either seen in a flag or meets the next Fill.
	Clear()

	// SetDeadline bounds the Read of this and later Fills; they return Interrupted when it passes. The zero time means
	// none. It never weakens an Interrupt.
	SetDeadline(t time.Time)

	// Stop ends the query before its end: the server is told to cancel, what it still sends is read and dropped, and
	// the connection becomes idle, or is closed where that cannot be done within the connection's cancel timeout.
	// The rows handed out stay untouched: their memory is left to the garbage collector. Stop starts with a Clear of
	// its own. It returns an error when the connection had to be closed.
	Stop() error

	// Abort closes the connection under whatever runs, so that it returns soon.
	Abort()

	// Done gives the connection back after a Fill has reported Ended or Broken and no row is held any more, so that all
	// memory of the rows may be used again.
	Done()
}

// Outcome says why a Fill returned.
type Outcome uint8

const (
	// Progress: rows were put, or bytes of an unfinished row have come. Fill again for more.
	Progress Outcome = iota
	// NoRoom: the next row would exceed Fill.Room; Fill.Need is its size in bytes. Its body may not have been read.
	NoRoom
	// NoSlab: the read buffers are all held by rows that the consumer has not given back.
	NoSlab
	// Interrupted: Interrupt was called, or the deadline has passed. Nothing is lost; Fill may be called again.
	Interrupted
	// Ended: the server is done with the query and ready for the next. Fill.Err is its error, if it sent one.
	Ended
	// Broken: the connection failed and is closed. Fill.Err says why.
	Broken
	// Refused: what comes next is not of this result, and the query has to be stopped. Fill.Err says why. Every later
	// Fill says so again.
	Refused
)

// Fill is one step of filling: what the stream asks for, and what came of it. Rows put are valid whatever the outcome,
// and come before Err.
type Fill struct {
	Rows  [][]byte // in: free slots to put rows into, at least one; a row is nil for SQL NULL
	Room  int      // in: bytes the rows may bring; negative: no bound
	Freed uint64   // in: rows the consumer has given back since the query began, whose memory may be used again

	N       int     // out: rows put
	Bytes   int     // out: their bytes
	Outcome Outcome // out
	Need    int     // out: with NoRoom, bytes of the row that does not fit
	Err     error   // out: with Ended, Broken or Refused
	Read    int     // out: bytes that the Read brought; 0: there was none
	Waited  bool    // out: the Read found nothing at first
	Held    int     // out: bytes of read buffers in use
	HeldMax int     // out: bytes of read buffers at which Fill reports NoSlab
}
