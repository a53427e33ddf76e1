package fakepg_test

import (
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

func serveRows(t *testing.T, rows, size int) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = fakepg.ServeRows(l, rows, size)
	}()
	t.Cleanup(func() { _ = l.Close(); <-over })
	return l
}

func TestServeRows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ rows, size int }{{0, 100}, {1, 0}, {5000, 122}, {3, 300 << 10}} {
		l := serveRows(t, tt.rows, tt.size)
		c := dial(t, "tcp", l.Addr().String())
		c.login()
		for range 2 {
			c.ask("select")
			if rows, codes := c.untilReady(); rows != tt.rows || codes != nil {
				t.Errorf("%d rows of %d: %d came, errors %v", tt.rows, tt.size, rows, codes)
			}
		}
		c.send(&pgproto3.Query{String: "select"})
		c.receive()
		if m, ok := c.receive().(*pgproto3.DataRow); ok && len(m.Values[0]) != max(tt.size, 10) {
			t.Errorf("a row of %d bytes, want %d", len(m.Values[0]), tt.size)
		}
	}
}

func TestServeRowsCancel(t *testing.T) {
	t.Parallel()
	l := serveRows(t, -1, 100)
	c := dial(t, "tcp", l.Addr().String())
	c.login()
	c.ask("select")
	for range 1000 {
		c.receive()
	}
	_ = c.cancel("tcp", l.Addr().String(), 5e9)
	if _, codes := c.untilReady(); len(codes) != 1 || codes[0] != "57014" {
		t.Errorf("errors %v", codes)
	}
}
