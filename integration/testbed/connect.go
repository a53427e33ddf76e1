package testbed

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Patience is how long a test waits for what must come about. It is far above what anything takes, on a busy machine
// too: only a test that fails waits so long.
const Patience = 2 * time.Minute

// Context is a context that ends with the test, or after Patience, so that nothing hangs.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// Config is the configuration in a connection string with changes to it, such as Proxy.Through, Logbook.Log, or the
// test's own. RuntimeParams can be written to. CancelTimeout is Patience, unless a change says otherwise: a server on a
// busy machine may need seconds to stop.
func Config(t testing.TB, dsn string, changes ...func(*conn.Config)) *conn.Config {
	t.Helper()
	cfg, err := conn.ParseConfig(dsn)
	if err != nil {
		t.Fatalf("configuration %s: %v", dsn, err)
	}
	if cfg.RuntimeParams == nil {
		cfg.RuntimeParams = map[string]string{}
	}
	cfg.CancelTimeout = Patience
	for _, change := range changes {
		change(cfg)
	}
	return cfg
}

// Connect opens a connection, which is closed in good order when the test ends. For the changes see Config.
func Connect(t testing.TB, dsn string, changes ...func(*conn.Config)) *conn.Conn {
	t.Helper()
	c, err := conn.ConnectConfig(Context(t), Config(t, dsn, changes...))
	if err != nil {
		t.Fatalf("connect to %s: %v", dsn, err)
	}
	t.Cleanup(func() { Close(t, c) })
	return c
}

// CancelTimeout is a change to a configuration, for Connect.
func CancelTimeout(d time.Duration) func(*conn.Config) {
	return func(cfg *conn.Config) { cfg.CancelTimeout = d }
}

// Close closes a connection. The test may have ended already.
func Close(t testing.TB, c *conn.Conn) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// WaitIdle waits for the connection to become idle by itself, and fails unless it then works as the same backend.
func WaitIdle(t testing.TB, c *conn.Conn, pid uint32) {
	t.Helper()
	Eventually(t, "the connection is idle", func() bool {
		state := c.State()
		if state == conn.Closed {
			t.Fatal("the connection was closed")
		}
		return state == conn.Idle
	})
	Usable(t, c, pid)
}

// WaitClosed waits for the connection to be closed, and fails unless it says so to the next query.
func WaitClosed(t testing.TB, c *conn.Conn) {
	t.Helper()
	Eventually(t, "the connection is closed", func() bool { return c.State() == conn.Closed })
	if _, err := c.Query(Context(t), Documents(1)); !errors.Is(err, werr.ErrConnectionClosed) || !werr.SafeToRetry(err) {
		t.Errorf("a query on a closed connection: %v, want %v, safe to retry", err, werr.ErrConnectionClosed)
	}
}

// Reconnect waits until a server that was harmed lets clients in again.
func Reconnect(t testing.TB, dsn string) *conn.Conn {
	t.Helper()
	var c *conn.Conn
	Eventually(t, "the server is back", func() (ok bool) {
		var err error
		c, err = conn.Connect(Context(t), dsn)
		return err == nil
	})
	return c
}
