package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

func newPing(t target) *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "ping [flags]",
		Short: "Connect, log in, and check that the server answers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop, l, err := withTimeout(cmd.Context(), timeout)
			if err != nil {
				return err
			}
			defer stop()
			began := time.Now()
			c, err := t.connect(ctx, cmd, l)
			if err != nil {
				return err
			}
			defer closeConn(c, l, cmd.ErrOrStderr())
			connected := time.Since(began)
			began = time.Now()
			if err := c.Ping(ctx); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: connected in %v, ping %v\n", identity(c),
				connected.Round(time.Microsecond), time.Since(began).Round(time.Microsecond))
			return err
		},
	}
	t.addFlag(cmd)
	cmd.Flags().DurationVar(&timeout, "timeout", 10*time.Second, "time limit for the whole run; 0: none")
	return cmd
}

// identity returns the server's version and the process ID of the backend. Poolers, and other servers that speak the
// protocol, may report neither.
func identity(c *conn.Conn) string {
	server := "a server that reports no version"
	if version := c.ServerParameter("server_version"); version != "" {
		server = "PostgreSQL " + version
	}
	if c.PID() != 0 {
		server += fmt.Sprintf(", pid %d", c.PID())
	}
	return server
}
