// Package stream hands the rows of one query to one consumer, in order, in bounded memory, and stops the server when
// nobody listens.
//
// A Stream is made by conn.Query. It knows nothing of PostgreSQL: its rows come through the small interface Source.
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
// # Concurrency
//
// Next, Row, Decode, All, WriteTo, the function Decode and Collect are for one goroutine at a time, the consumer. Every
// other method is for any goroutine. A stream must be read to its end or closed: until then its connection is busy.
package stream
