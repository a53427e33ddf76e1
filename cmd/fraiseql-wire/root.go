package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

func newRoot(files streams) *cobra.Command {
	t := target{dial: files.dial}
	root := &cobra.Command{
		Use:   "fraiseql-wire",
		Short: "Stream JSON from PostgreSQL",
		Long: `fraiseql-wire runs a query whose result is one column named data, of type json or
jsonb, and writes it to standard output as NDJSON: one document per line, as the rows
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
	root.AddCommand(newStream(t), newPing(t), newDemo(t), newVersion())
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
type target struct {
	dsn  string
	dial dialFunc
}

func (t *target) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.dsn, "dsn", "",
		"connection `URI` or key=value string (default $DATABASE_URL, then the PG* environment)")
}

// config returns the configuration for the connection to the server.
func (t *target) config(l limit) (*conn.Config, error) {
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
	cfg.Dial = t.dial
	cfg.CancelTimeout = l.cancelTimeout(cfg.CancelTimeout)
	return cfg, nil
}

// connect connects to the server. While it does, warnings of the library are written to standard error.
func (t *target) connect(ctx context.Context, cmd *cobra.Command, l limit) (*conn.Conn, error) {
	cfg, err := t.config(l)
	if err != nil {
		return nil, err
	}
	log := &warnings{out: cmd.ErrOrStderr()}
	defer log.stop()
	cfg.Logger = slog.New(log)
	return conn.ConnectConfig(ctx, cfg)
}

// closeTimeout is the time limit of closeConn in a run without --timeout. A query that is still running is cancelled
// and drained in that time.
const closeTimeout = 10 * time.Second

// closer is a connection, or a pool of them.
type closer interface {
	Close(ctx context.Context) error
}

// closeConn closes c, even if the run's context has ended. It reports an error only in a run without a limit: others
// have already reported that their time is over.
func closeConn(c closer, l limit, log io.Writer) {
	ctx, stop := context.WithTimeout(context.Background(), l.until(time.Now(), closeTimeout))
	defer stop()
	if err := c.Close(ctx); err != nil && l.end.IsZero() {
		fmt.Fprintln(log, message(err))
	}
}
