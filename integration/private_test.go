package integration_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// privateServer starts a server that a test may stop. It is for tests that run alone: it changes the environment, in
// which DATABASE_URL would mean a server of everybody's.
func privateServer(t *testing.T) *pgserver.Server {
	t.Helper()
	version := ownServers(t)[0].Version
	t.Setenv("DATABASE_URL", "")
	s, err := pgserver.Start(t.Context(), pgserver.Options{Version: version, Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stopping the server: %v", err)
		}
	})
	return s
}

// signal is the statement that sends a signal to a process of the server, from inside it: the server may run in a
// container. process is a process id or a command of the shell that prints one; it runs in the server's data folder.
func signal(name, process string) string {
	return fmt.Sprintf("COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; kill -%s %s'", name, process)
}

// restarted waits until the server lets clients in again.
func restarted(t testing.TB, dsn string) *conn.Conn {
	t.Helper()
	var c *conn.Conn
	eventually(t, "the server is back", func() bool {
		ctx, end := context.WithTimeout(t.Context(), patience)
		defer end()
		var err error
		c, err = conn.Connect(ctx, dsn)
		return err == nil
	})
	return c
}
