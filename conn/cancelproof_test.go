package conn_test

import (
	"testing"
	"testing/synctest"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// A cancel has acted, and the connection that it came on has not ended: until then it might act again, so the main
// connection carries no other query.
func TestNextQueryWaitsForTheEndOfTheCancel(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]stream.ReadAhead{"pull": stream.ReadAheadNever, "read-ahead": stream.ReadAheadAlways} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { cancelEndsLate(t, mode) })
		})
	}
}

func cancelEndsLate(t *testing.T, mode stream.ReadAhead) {
	drained, end := make(chan struct{}), make(chan struct{})
	srv := fakepg.StartPipe(t, func(c *fakepg.Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		if _, err := c.ReadQuery(); err != nil {
			return err
		}
		if err := c.SendRaw(append(c.Head(), fakepg.Rows(2)...)); err != nil {
			return err
		}
		if err := c.Wait(c.Cancelled()); err != nil {
			return err
		}
		if err := c.Send(fakepg.Canceled(), fakepg.Ready()); err != nil {
			return err
		}
		close(drained) // the client has read it all: a pipe holds nothing back
		return c.Serve(fakepg.ReuseRows)
	}, fakepg.Deadline(never), fakepg.OnCancel(func(c *fakepg.Conn, r fakepg.Cancel) error {
		c.Server().Forward(r)
		return c.Wait(end)
	}))
	c, err := conn.ConnectConfig(t.Context(), pipeConfig(t, srv))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context()) // the test is over
	s, err := c.Query(t.Context(), fakepg.SQL, stream.WithReadAhead(mode))
	if err != nil || !s.Next() {
		t.Fatalf("no row to leave at: %v", err)
	}
	left := make(chan error, 1)
	go func() { left <- s.Close() }()
	<-drained
	synctest.Wait()
	if got := c.State(); len(left) > 0 || got != conn.Cancelling {
		t.Errorf("before the end of the cancel's connection, Close has returned: %v; the connection is %v", len(left) > 0, got)
	}
	close(end)
	if err := <-left; err != nil || c.State() != conn.Idle {
		t.Errorf("after it Close returned %v, and the connection is %v", err, c.State())
	}
}

func pipeConfig(t *testing.T, srv *fakepg.Server) *conn.Config {
	t.Helper()
	cfg, err := conn.ParseConfig(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Dial, cfg.CancelTimeout = srv.Dial, never
	return cfg
}
