package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

func newRoot(files streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "fraiseql-wire",
		Short: "Stream JSON out of PostgreSQL",
		Long: `fraiseql-wire runs a query whose result is one column named data, of type json or
jsonb, and writes it to standard output as NDJSON: one document a line, as the rows
arrive, in bounded memory. Standard output carries rows and nothing else.

The server is found as psql finds it: --dsn, else DATABASE_URL, else the PG*
environment variables and libpq's defaults.

Exit codes: 0 done, 1 failure, 2 usage, 130 interrupted, 143 terminated.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetIn(files.in)
	root.SetOut(files.out)
	root.SetErr(files.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newStream(), newPing(), newDemo(), newVersion())
	for _, cmd := range append(root.Commands(), root) {
		if args := cmd.Args; args != nil {
			cmd.Args = func(cmd *cobra.Command, given []string) error {
				if err := args(cmd, given); err != nil {
					return usageError{err}
				}
				return nil
			}
		}
	}
	return root
}

// target is the server that a command talks to.
type target struct{ dsn string }

func (t *target) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.dsn, "dsn", "",
		"connection `URI` or key=value string (default $DATABASE_URL, then the PG* environment)")
}

func (t *target) connect(ctx context.Context) (*conn.Conn, error) {
	cfg, err := conn.ParseConfig(cmp.Or(t.dsn, os.Getenv("DATABASE_URL")))
	if err != nil {
		return nil, err
	}
	if cfg.RuntimeParams == nil {
		cfg.RuntimeParams = map[string]string{}
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "fraiseql-wire"
	}
	return conn.ConnectConfig(ctx, cfg)
}

// closeConn says goodbye to the server. It does not depend on ctx, which may have ended.
func closeConn(c *conn.Conn, log io.Writer) {
	ctx, stop := context.WithTimeout(context.Background(), closeTimeout)
	defer stop()
	if err := c.Close(ctx); err != nil {
		fmt.Fprintln(log, message(err))
	}
}
