package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func newPing() *cobra.Command {
	var t target
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "ping [flags]",
		Short: "Connect, log in, and ask the server whether it answers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop, err := withTimeout(cmd.Context(), timeout)
			if err != nil {
				return err
			}
			defer stop()
			began := time.Now()
			c, err := t.connect(ctx)
			if err != nil {
				return err
			}
			defer closeConn(c, cmd.ErrOrStderr())
			connected := time.Since(began)
			began = time.Now()
			if err := c.Ping(ctx); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "PostgreSQL %s, pid %d: connected in %v, ping %v\n",
				c.ServerParameter("server_version"), c.PID(), connected.Round(time.Microsecond),
				time.Since(began).Round(time.Microsecond))
			return err
		},
	}
	t.addFlag(cmd)
	cmd.Flags().DurationVar(&timeout, "timeout", 10*time.Second, "bound on the whole run; 0: none")
	return cmd
}
