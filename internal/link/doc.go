// Package link is a connection's socket: reads and writes that any goroutine can interrupt, with or without TLS.
//
//	conn, protocol
//	     |  Read, ReadArrived, Write
//	    Link -------------------------+
//	     |                            |
//	  tls.Conn                        |
//	     |                            |  one recvfrom per read and one sendto per write,
//	  BelowTLS --- ReadArrived ----+  |  without net.Conn, if the socket is a bare TCP
//	     |                         |  |  or Unix one on Linux
//	     +--------- socket --------+--+
//
// The socket is used in turns. A turn is the login or one query, and has a number. A caller that interrupts passes the
// number of the turn, so that an interrupt that comes too late, such as from a context that ends together with its
// query, never affects the next turn.
//
// Read, ReadArrived, Ask and Write belong to the owner of the turn. All other methods may be called from any goroutine.
package link
