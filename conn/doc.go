// Package conn connects to PostgreSQL and runs queries whose result is one column named data, of type json or jsonb.
//
//	c, err := conn.Connect(ctx, os.Getenv("DATABASE_URL"))
//	if err != nil { ... }
//	defer c.Close(ctx)
//
//	s, err := c.Query(ctx, "SELECT data FROM v_user")
//	if err != nil { ... }
//	defer s.Close()
//	for s.Next() {
//		use(s.Row()) // valid until the next call to Next
//	}
//	return s.Err()
//
// It is not a general driver: there are no writes, no transactions and no results with several columns. Arguments are
// never part of the statement; they are sent separately.
//
// # One query at a time
//
// A connection is in one of five states:
//
//	Connecting --> Idle <--> Streaming --> Cancelling
//	                 ^                         |
//	                 +-------------------------+        each of them --> Closed
//
// While a stream runs, another query is refused at once with errors.ErrConnectionBusy. While the query of a stream
// that was left early is being cancelled, the next query waits until that is done, bounded by its context.
//
// # Leaving early
//
// When a stream is closed or cancelled before its end, or its context ends, the query is stopped on the server by a
// CancelRequest on a second connection, and what the server still sends is read and discarded. The connection is used
// again only if it is certain that no cancel can hit a later query. Otherwise, or if this takes longer than
// Config.CancelTimeout, it is closed.
//
// This needs deadlines. If a connection of Config.Dial returns an error from SetDeadline, as connections over SSH do,
// the library enforces the deadlines itself. If it ignores deadlines without an error, a call may return up to
// CancelTimeout after the end of its context, and the connection is closed then.
//
// # Behind a pooler
//
// By default the unnamed statement is used, in one round trip, and the session is not changed after the login, so
// that a pooler may run each query on another server connection. PgBouncer before 1.18 closes a cancel connection
// before it has forwarded the request, so that there is no proof through it: use 1.18 or later. The same holds for a
// load balancer or any other proxy: it must not close the client's side before the server has closed its own.
//
// # Concurrency
//
// All methods of Conn may be called from any goroutine. A Config must not be changed while a connect is under way.
package conn
