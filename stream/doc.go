// Package stream hands the rows of one query to one consumer, in order, in bounded memory, and stops the server when
// nobody listens.
//
// A Stream is made by conn.Query. It knows nothing of PostgreSQL: its rows come through a small interface, feed.Source.
//
//	for s.Next() {
//		use(s.Row()) // valid until the next call to Next
//	}
//	if err := s.Err(); err != nil { ... }
//
// # The way of a row
//
//	Source --Fill--> ring --Next--> Row --next call to Next--> given back
//
// The ring holds descriptors: slices that alias the source's read buffers. No row is copied and nothing is allocated for
// one. What a row aliases may be used again once the consumer has called Next again; only that ends a row's life. Close,
// Cancel and the end of the context leave the row in hand as it is.
//
// # Who owns what
//
//	         the consumer's goroutine                                 the holder of the fill token
//	+------------------------------------------+          +------------------------------------------+
//	| consumer   the row in hand, the head     |   ring   | producer   the source, its last fill,    |
//	|            of the ring, what was taken   | <------- |            the chunk size, what was      |
//	| policy     who should fill the ring      |          |            published                     |
//	+------------------------------------------+          | account    the room that is left: limit, |
//	       |                                              |            share of a budget             |
//	       |    rendezvous: who waits, and wakes          +------------------------------------------+
//	       +-----------------------------------------------------------------+
//
//	any goroutine, each under a lock of its own
//	+--------------------------------------------------------------------------------------------------+
//	| life       the phase of both sides, and why they ended   | pause      since when, and why        |
//	| silence    the deadline of the present wait              | watch      over the query's context   |
//	| record     what the metrics are told: numbers            | place      among the running streams  |
//	+--------------------------------------------------------------------------------------------------+
//
// No part knows another, nor the Stream; the Stream's methods bring them together. What another goroutine may read of a
// part, Stats above all, is a counter or a flag that is atomic.
//
// # Who fills
//
// Pull: Next finds the ring empty and runs the fill step itself. Read-ahead: a background goroutine runs the same step
// while the consumer works. Whoever fills holds the fill token, and gives it away only between two fills. Close, Cancel,
// Pause and the context's end first set a flag, then interrupt the source: the holder comes back from its read, sees the
// flag and acts on it.
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
// Inside there are more: the query may be over before its rows are taken, and the consumer may be gone before the query
// is over. life.go has these phases, and the table of their transitions.
//
// # Concurrency
//
// Next, Row, Peek, Decode, All, WriteTo, WriteArray, the function Decode and Collect are for one goroutine at a time, the
// consumer. Every other method is for any goroutine. A stream must be read to its end or closed: until then its connection is busy.
package stream
