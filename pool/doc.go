// Package pool keeps connections open and lends them to queries. A stream gives its connection back by itself when it has
// ended, so a service asks the pool and never sees a connection:
//
//	p, err := pool.Open(ctx, os.Getenv("DATABASE_URL"))
//	if err != nil { ... }
//	defer p.Close(ctx)
//
//	s, err := p.Query(ctx, "SELECT data FROM v_user")
//	if err != nil { ... }
//	defer s.Close()
//	for s.Next() {
//		use(s.Row()) // valid until the next call to Next
//	}
//	return s.Err()
//
// It is not a way around one query at a time for each connection: a query that finds every connection taken waits for one, in
// the order of coming, bounded by its context and by Config.AcquireTimeout.
//
// # When a connection comes back
//
// A stream that was read to its end, closed or cancelled has given its connection back when Next, Close or Cancel return.
// The end of a context does so behind the caller, as soon as the query has been cancelled. A stream that nobody closes
// keeps its connection: Stats counts it, stream.Running lists it, and Config.WarnAfter has it logged.
//
// # What happens to a query
//
//	Query --> a stream slot --> a connection --> first answer --> Stream
//	             |                 |                |
//	             |                 |                +-- safe to retry: the connection goes back, a delay, again
//	             |                 +-- found dead: replaced at once, which is no attempt
//	             +-- nothing free within AcquireTimeout: *errors.PoolTimeoutError
//
// A query is run again only while errors.SafeToRetry allows it and no row was handed out. With retries on, which is the default,
// Query therefore returns once the first row has come, or the end.
//
// # When the server is down
//
// Failures to connect in a row, and connections lost in the first answer of a query, open the breaker: until it has been
// open for its time, a query that needs a new connection is refused at once with *errors.CircuitOpenError. Connections that
// are open and idle go on serving. Then one connect is let through, and its outcome decides.
//
// A call that gets no connection, for whatever reason, is no query to the metrics; fraiseql_pool_acquire_failed_total counts
// it.
//
// # Concurrency
//
// All methods of Pool are for any goroutine. A Conn is for one goroutine at a time, except Release.
package pool
