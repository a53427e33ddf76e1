package conn_test

import (
	"context"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
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
