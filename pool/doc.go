// Package pool keeps connections open and lends them to queries. A stream gives its connection back when it has ended,
// so a program can query the pool and need not handle connections:
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
// Each connection still runs one query at a time: if all connections are in use, a query waits for one, in the order of
// calls, bounded by its context and by Config.AcquireTimeout.
//
// # When a connection is given back
//
// When a stream is read to its end, closed or cancelled, it has given its connection back when Next, Close or Cancel
// returns. When its context ends, it gives the connection back in the background, as soon as the query has been
// cancelled. A stream that is never closed keeps its connection: Stats counts it, stream.Running lists it, and
// Config.WarnAfter logs it.
//
// # What happens to a query
//
//	Query --> a stream slot --> a connection --> first answer --> Stream
//	             |                 |                |
//	             |                 |                +-- safe to retry: connection given back, delay, next attempt
//	             |                 +-- found dead: replaced at once, not counted as an attempt
//	             +-- nothing free within AcquireTimeout: *errors.PoolTimeoutError
//
// A query is run again only if errors.SafeToRetry allows it and no row was handed out. With retries, which are on by
// default, Query therefore returns once the first row, or the end, has arrived.
//
// # When the server is down
//
// Several failures in a row open the circuit breaker: failures to connect, and connections lost during the first answer
// of a query. While it is open, a query that needs a new connection fails at once with *errors.CircuitOpenError.
// Connections that are already open are still used. After that time, one connect is let through, and its result
// decides.
//
// A call that gets no connection, for whatever reason, does not count as a query in the metrics, but in
// fraiseql_pool_acquire_failed_total.
//
// # Concurrency
//
// All methods of Pool may be called from any goroutine. Those of Conn, except Release, may be called by one goroutine
// at a time.
package pool
