// Package fakepg is a scripted PostgreSQL server, for tests that need what a real server never does, or does not do on
// demand.
//
// One call starts it, and the end of the test stops it:
//
//	srv := fakepg.Start(t, func(c *fakepg.Conn) error {
//		if err := c.Login(); err != nil {
//			return err
//		}
//		if _, err := c.ReadQuery(); err != nil {
//			return err
//		}
//		return c.SendRaw([]byte("D\xff\xff\xff\xff"))
//	})
//	conn.Connect(ctx, srv.DSN())
//
// A script is a function. It runs once for every connection, in a goroutine of its own, after the StartupMessage has
// been read. If a script returns nil, its connection stays open: what the client sends is read and discarded until it
// sends Terminate or closes. If a script returns an error, the test fails, unless the server was started with Tolerant
// and the error only means that the client has left.
//
// A CancelRequest comes on a connection of its own, for which no script runs: it is recorded and passed to the hook of
// OnCancel. An SSLRequest is passed to the hook of OnSSLRequest. By default both hooks behave like a correct server.
//
// Every read and every write of a script has a timeout (see Deadline), so that no script hangs forever.
//
// Correct messages are encoded with pgproto3; incorrect ones are raw bytes. A Conn belongs to the goroutine of its
// script. A Server may be used by any goroutine.
package fakepg
