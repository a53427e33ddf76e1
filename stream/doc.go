// Package stream delivers the rows of one query to one consumer, in order and in bounded memory, and cancels the query
// when its rows are no longer wanted.
//
// A Stream is made by conn.Query. This package does not depend on PostgreSQL: the rows come through a small interface,
// feed.Source.
//
//	for s.Next() {
//		use(s.Row()) // valid until the next call to Next
//	}
//	if err := s.Err(); err != nil { ... }
//
// # The path of a row
//
//	Source --Fill--> ring --Next--> Row --next call to Next--> given back
//
// The ring holds descriptors: slices that alias the source's read buffers. Rows are neither copied nor allocated. The
// memory that a row aliases may be reused once the consumer has called Next again, and not before: Close, Cancel and
// the end of the context leave the current row valid.
//
// # Ownership
//
//	         the consumer's goroutine                                 the holder of the fill token
//	+------------------------------------------+          +------------------------------------------+
//	| consumer   the current row, the head     |   ring   | producer   the last fill of the source   |
//	|            of the ring, what was taken   | <------- | published  what has entered the ring,    |
//	| policy     who should fill the ring      |          |            and the chunk size            |
//	+------------------------------------------+          | account    the memory that is left: the  |
//	       |                                              |            limit, the budget's share     |
//	       |    rendezvous: how each side wakes the other +------------------------------------------+
//	       +-----------------------------------------------------------------+
//
//	any goroutine, each under its own lock
//	+--------------------------------------------------------------------------------------------------+
//	| life       the phase of both sides, and why they ended   | pause      since when, and why        |
//	| silence    the deadline of the current wait              | watch      of the query's context     |
//	| record     the counts for the metrics                    | place      in the list of streams     |
//	+--------------------------------------------------------------------------------------------------+
//
// No part refers to another or to the Stream; the Stream's methods connect them. Fields that other goroutines may read,
// mainly for Stats, are atomic counters and flags. The ring, the producer, the policy and the record's tally of polls are
// in a workspace, which a later stream reuses when this one was read to its end.
//
// # Who fills the ring
//
// Pull: Next finds the ring empty and runs the fill step itself. Read-ahead: a background goroutine runs the same step
// while the consumer works. The goroutine that fills holds the fill token, a mutex, and releases it only between two
// fills. Close, Cancel, Pause and the end of the context first set a flag and then interrupt the source: the holder
// returns from its read, sees the flag and acts on it.
//
// # States
//
//	          Pause
//	Active  -------->  Paused
//	   |    <--------    |
//	   |     Resume      |
//	   |                 |
//	   +--- last row ----+---> Completed   (also Close)
//	   +--- error -------+---> Failed      (also Cancel, the context's end)
//
// Internally there are more phases: the query may end before its rows are taken, and the consumer may leave before the
// query ends. life.go has the phases and the table of their transitions.
//
// # Concurrency
//
// Next, Row, Peek, Decode, All, WriteTo, WriteArray, and the functions Decode and Collect belong to one goroutine at a
// time, the consumer. All other methods may be called from any goroutine. A stream must be read to its end or closed:
// until then its connection is busy.
package stream
