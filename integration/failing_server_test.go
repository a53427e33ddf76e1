package integration_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Whatever happens to the server in the middle of a result, there is an error, never a clean end, and nothing is left
// behind.
func TestServerThatFails(t *testing.T) {
	s := testbed.PrivateServer(t)
	for route, dsn := range testbed.Routes(t, s) {
		t.Run(route, func(t *testing.T) {
			t.Run("stopped", func(t *testing.T) { stopBackends(t, dsn) })
			t.Run("terminated", func(t *testing.T) {
				breakStreams(t, dsn, func(admin *conn.Conn, victims []uint32) {
					for _, pid := range victims {
						testbed.Execute(t, admin, "SELECT pg_terminate_backend("+strconv.Itoa(int(pid))+")")
					}
				})
			})
			// The server reacts to the death of one backend by ending all of them, and restarts.
			t.Run("killed", func(t *testing.T) {
				breakStreams(t, dsn, func(admin *conn.Conn, victims []uint32) {
					// This also ends the connection of this command.
					_ = command.Exec(testbed.Context(t), admin, testbed.SignalStatement("KILL", strconv.Itoa(int(victims[0]))))
				})
			})
		})
	}
	// This comes last: afterwards there is no server.
	t.Run("immediate shutdown", func(t *testing.T) {
		breakStreams(t, s.DSN(), func(admin *conn.Conn, _ []uint32) {
			// It may also end this command.
			_ = command.Exec(testbed.Context(t), admin, testbed.SignalStatement("QUIT", "$(head -n 1 postmaster.pid)"))
		})
	})
}

// breakStreams does harm to the backends of three streams, one for each way of filling and each in the middle of its
// result, with rows read, rows buffered and rows on their way.
func breakStreams(t *testing.T, dsn string, harm func(admin *conn.Conn, victims []uint32)) {
	admin := testbed.Reconnect(t, dsn)
	testbed.Close(t, admin)
	before := testbed.TakeStock(t)
	admin = testbed.Reconnect(t, dsn)
	var conns []*conn.Conn
	var streams []*stream.Stream
	var victims []uint32
	for _, mode := range []stream.ReadAhead{stream.ReadAheadNever, stream.ReadAheadAuto, stream.ReadAheadAlways} {
		c, err := conn.ConnectConfig(testbed.Context(t), testbed.Config(t, dsn))
		if err != nil {
			t.Fatal(err)
		}
		conns, victims = append(conns, c), append(victims, c.PID())
		streams = append(streams, testbed.Begin(t, c, testbed.EndlessIntegers, 1000, stream.WithReadAhead(mode)))
	}
	harm(admin, victims)
	for i, s := range streams {
		brokenOff(t, conns[i], s)
	}
	// The administrator's connection may have been closed by the harm; that does not matter here.
	_ = admin.Close(testbed.Context(t))
	before.CheckNothingLeft(t)
}

// brokenOff continues to read to the end, which must be an error.
func brokenOff(t *testing.T, c *conn.Conn, s *stream.Stream) {
	t.Helper()
	n := 1000
	for s.Next() {
		if n++; string(s.Row()) != strconv.Itoa(n) {
			t.Fatalf("row %d is %s", n, s.Row())
		}
	}
	err := s.Err()
	if err == nil || n == 50_000_000 {
		t.Fatalf("a clean end after %d rows", n)
	}
	switch werr.CategoryOf(err) {
	case werr.CategoryServer, werr.CategoryIO, werr.CategoryClosed:
	default:
		t.Errorf("after %d rows %v, of category %v", n, err, werr.CategoryOf(err))
	}
	if werr.SafeToRetry(err) {
		t.Errorf("%v after %d rows is safe to retry", err, n)
	}
	testbed.Ends(t, "closing a broken stream", func() {
		_ = s.Close() // it may report that the connection is gone
	})
	if c.State() != conn.Closed {
		t.Errorf("the connection is %v", c.State())
	}
	if _, err := c.Query(testbed.Context(t), testbed.Documents(1)); !errors.Is(err,
		werr.ErrConnectionClosed) || !werr.SafeToRetry(err) {
		t.Errorf("the next query: %v", err)
	}
	if err := c.Close(testbed.Context(t)); err != nil {
		t.Errorf("Close: %v", err)
	}
	if got := s.Err(); got == nil || got.Error() != err.Error() {
		t.Errorf("the error changed to %v", got)
	}
}
