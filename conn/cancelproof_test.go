package conn_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// After a cancel has acted, its connection may still be open. Until that has ended, the cancel might act again, so
// the main connection is not used for another query.
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
		close(drained) // the client has read everything: a pipe has no buffer
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

// endsOnce is a connection whose end can be read only once: a second read returns another error, like that of a
// connection whose deadline has passed meanwhile.
type endsOnce struct {
	net.Conn
	ended bool
}

func (c *endsOnce) Read(p []byte) (int, error) {
	if c.ended {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := c.Conn.Read(p)
	c.ended = errors.Is(err, io.EOF)
	return n, err
}

// The end of the cancel's connection is proof as soon as it has been read, whatever follows.
func TestTheEndOfTheCancelIsReadOnce(t *testing.T) {
	t.Parallel()
	srv := fakepg.Start(t, func(c *fakepg.Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		if _, err := c.ReadQuery(); err != nil {
			return err
		}
		return errors.Join(c.SendRaw(append(c.Head(), fakepg.Rows(2)...)), c.Wait(c.Cancelled()),
			c.Send(fakepg.Canceled(), fakepg.Ready()))
	})
	cfg, err := conn.ParseConfig(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	cfg.CancelTimeout = never
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &endsOnce{Conn: nc}, nil
	}
	c, err := conn.ConnectConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context()) // the test is over
	s, err := c.Query(t.Context(), fakepg.SQL)
	if err != nil || !s.Next() {
		t.Fatalf("no row to leave at: %v", err)
	}
	if err := s.Close(); err != nil || c.State() != conn.Idle {
		t.Errorf("Close: %v; the connection is %v", err, c.State())
	}
}
