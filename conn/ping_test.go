package conn_test

import (
	"context"
	"errors"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

// The errors of Ping name Ping, whether its context ends before or after it was sent, or the connection is closed.
func TestPingErrorsNamePing(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	srv := fakepg.Start(t, func(c *fakepg.Conn) error {
		if err := c.Login(); err != nil {
			return err
		}
		if err := c.ExpectQuery(""); err != nil {
			return err
		}
		close(arrived)
		if err := c.Wait(c.Cancelled()); err != nil {
			return err
		}
		return c.Send(fakepg.Canceled(), fakepg.Ready())
	})
	c, err := conn.Connect(t.Context(), srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	expect := func(ctx context.Context, what, want string) {
		t.Helper()
		if err := c.Ping(ctx); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", what, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	expect(ctx, "cancelled while waiting", "fraiseql: ping: context canceled")
	expect(ctx, "cancelled before", "fraiseql: ping: context canceled")
	_ = c.Close(t.Context())
	expect(t.Context(), "closed", "fraiseql: ping: connection closed")
}

// If the server has closed an idle connection, the ping fails, and the connection is closed.
func TestPingOfAConnectionThatHasEnded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		end  func(*fakepg.Conn) error
		want werr.Category
	}{
		{"closed", (*fakepg.Conn).Close, werr.CategoryIO},
		{"reset", (*fakepg.Conn).Reset, werr.CategoryIO},
		{"closed for a reason", func(c *fakepg.Conn) error {
			return errors.Join(c.Send(fakepg.Refusal("57P01", "terminating connection")), c.Close())
		}, werr.CategoryServer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := fakepg.Start(t, func(c *fakepg.Conn) error { return errors.Join(c.Login(), tt.end(c)) })
			c, err := conn.Connect(t.Context(), srv.DSN())
			if err != nil {
				t.Fatal(err)
			}
			if err := srv.AwaitClients(hopeless); err != nil {
				t.Fatal(err)
			}
			err = c.Ping(t.Context())
			if got := werr.CategoryOf(err); got != tt.want || c.State() != conn.Closed {
				t.Errorf("Ping: %v, category %q, want %q; the connection is %v", err, got, tt.want, c.State())
			}
		})
	}
}
