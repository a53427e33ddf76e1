// Package fakepg is a PostgreSQL server that does what its script says: what a real server will not do, or not on
// demand.
//
// One line starts it, and the test's end stops it:
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
// A script is a plain function. It runs once for every connection, in a goroutine of its own, after the
// StartupMessage was read. A script that returns nil leaves its connection open: what the client still sends is read
// and dropped until it sends Terminate or closes. A script that returns an error fails the test, unless the server
// was started with Tolerant and the error is only that the client has left.
//
// A CancelRequest comes on a connection of its own and never meets the script: it is recorded and goes to the hook of
// OnCancel. An SSLRequest goes to the hook of OnSSLRequest. Both hooks have honest defaults.
//
// Every read and every write of a script is bounded (see Deadline), so that no script hangs for ever.
//
// Honest messages are written with pgproto3; lies are raw bytes. A Conn belongs to the goroutine of its script. A
// Server is for any goroutine.
package fakepg
