// Package link is a connection's socket: reads and writes that any goroutine can interrupt, with or without TLS.
//
//	conn, protocol
//	     |  Read, ReadArrived, Write
//	    Link -------------------------+
//	     |                            |
//	  tls.Conn                        |
//	     |                            |  one recvfrom a read, without net.Conn,
//	  BelowTLS --- ReadArrived ----+  |  where the socket is a bare TCP or Unix one
//	     |                         |  |  on Linux
//	     +--------- socket --------+--+
//
// The socket is used in turns. A turn is the login or one query, and has a number. Whoever interrupts names the turn that
// it means, so that a caller who comes too late, such as a context that ends together with its query, never reaches the
// turn after it.
//
// Read, ReadArrived and Write belong to the owner of the turn. All other methods are for any goroutine.
package link
