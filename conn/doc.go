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
// It is not a general driver: there are no writes, no transactions and no results of several columns. Statements and
// values never mix: arguments travel beside the statement.
//
// # One query at a time
//
// A connection is in one of five states:
//
//	Connecting --> Idle <--> Streaming --> Cancelling
//	                 ^                         |
//	                 +-------------------------+        each of them --> Closed
//
// A query on a connection that streams is refused at once with errors.ErrConnectionBusy. One on a connection that is
// still getting rid of a query that was left waits for the end of that, bounded by its context.
//
// # Leaving early
//
// Closing a stream before its end, cancelling it, or the end of its context stops the query on the server, by a
// CancelRequest on a second connection; what the server still sends is read and dropped. The connection is used again
// only with the proof that no cancel can hit a later query; without it, and when all of this takes longer than
// Config.CancelTimeout, it is closed.
//
// # Behind a pooler
//
// The unnamed statement is used, in one round trip, and nothing of the session is changed after the login, so that a
// pooler may give each query another server. PgBouncer before 1.18 closes a cancel connection before it has passed the
// request on, so that there is no proof through it: use 1.18 or later.
//
// # Concurrency
//
// All methods of Conn are for any goroutine. A Config must not be changed while a connect is under way.
package conn
