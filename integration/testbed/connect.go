package testbed

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Patience is how long a test waits for something that must happen. It is far longer than anything takes, even on a
// busy machine: only a test that fails waits that long.
const Patience = 2 * time.Minute

// Context returns a context that ends with the test, or after Patience, so that nothing hangs.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// Config returns the configuration for a connection string, with changes such as Proxy.Through, Logbook.Log, or the
// test's own. RuntimeParams is never nil. CancelTimeout is Patience unless a change sets it, and so is ConnectTimeout,
// unless the connection string has one: on a busy machine a server may need long to stop, or to answer.
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
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = Patience
	}
	for _, change := range changes {
		change(cfg)
	}
	return cfg
}

// Connect opens a connection, which is closed when the test ends; the test fails if that is not possible. For the
// changes see Config.
func Connect(t testing.TB, dsn string, changes ...func(*conn.Config)) *conn.Conn {
	t.Helper()
	c, err := conn.ConnectConfig(Context(t), Config(t, dsn, changes...))
	if err != nil {
		t.Fatalf("connect to %s: %v", dsn, err)
	}
	t.Cleanup(func() { Close(t, c) })
	return c
}

// CancelTimeout returns a change to a configuration, for Connect.
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

// WaitIdle waits for the connection to become idle by itself, and fails unless it is then usable with the same backend.
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

// WaitClosed waits for the connection to be closed, and fails unless the next query returns an error that says so.
func WaitClosed(t testing.TB, c *conn.Conn) {
	t.Helper()
	Eventually(t, "the connection is closed", func() bool { return c.State() == conn.Closed })
	if _, err := c.Query(Context(t), Documents(1)); !errors.Is(err, werr.ErrConnectionClosed) || !werr.SafeToRetry(err) {
		t.Errorf("a query on a closed connection: %v, want %v, safe to retry", err, werr.ErrConnectionClosed)
	}
}

// Reconnect waits until a server that was disturbed accepts clients again.
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
