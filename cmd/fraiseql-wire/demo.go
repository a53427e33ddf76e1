package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

const demoQuery = "SELECT data FROM v_user"

func newDemo(t target) *cobra.Command {
	var rows int64
	var progress string
	cmd := &cobra.Command{
		Use:   "demo [flags]",
		Short: "Make documents behind a view v_user, stream them, and show what it took",
		Long: `demo makes a temporary view v_user over generated documents, which is gone when the
connection closes, runs SELECT data FROM v_user, and prints rows, rates, time to first
row, peak memory and the metrics that moved. It writes nothing that stays.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if rows < 1 {
				return usageError{fmt.Errorf("--rows %d: want at least 1", rows)}
			}
			show, err := showProgress(progress, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return demo(cmd, t, rows, show)
		},
	}
	t.addFlag(cmd)
	cmd.Flags().Int64Var(&rows, "rows", 1_000_000, "documents to make")
	cmd.Flags().StringVar(&progress, "progress", "auto", "progress on standard error: auto, always or never")
	return cmd
}

// demoView creates the view that the demo reads: one document a row, 106 bytes on average, made by the server while it is
// read. Casting text to json takes the server a quarter of the time of jsonb_build_object, so that the demo shows the speed
// of the stream. The number of rows comes from a subquery, because the planner would otherwise expect many rows and compile
// the query first ("Just-in-Time Compilation").
const demoView = `CREATE TEMPORARY VIEW v_user AS SELECT format(
	'{"id": %%s, "name": "user %%s", "email": "user%%s@example.com", "active": %%s, "tags": ["a", %%s]}',
	g, g, g, (g %% 3 <> 0)::text, g %% 7)::json AS data
	FROM (SELECT generate_series(1, (SELECT %d)) AS g) AS users`

func demo(cmd *cobra.Command, t target, rows int64, show bool) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	c, err := t.connect(ctx, cmd, limit{})
	if err != nil {
		return err
	}
	defer closeConn(c, limit{}, cmd.ErrOrStderr())
	if err := command.Exec(ctx, c, fmt.Sprintf(demoView, rows)); err != nil {
		return err
	}
	fmt.Fprintf(out, "PostgreSQL %s, %s, %d documents\n\n", c.ServerParameter("server_version"), demoQuery, rows)
	if err := demoStream(cmd, c, rows, show); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nmetrics that moved:\n")
	return moved(out)
}

func demoStream(cmd *cobra.Command, c *conn.Conn, rows int64, show bool) error {
	started := time.Now()
	s, err := c.Query(cmd.Context(), demoQuery)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // a failure shows in Err
	watch := watchStream(s, started, rows, show, cmd.ErrOrStderr())
	var first time.Time
	for s.Next() {
		if first.IsZero() {
			first = time.Now()
		}
	}
	watch.stop(first)
	watch.print(cmd.OutOrStdout())
	return s.Err()
}

// moved writes the metrics that are not zero to w, without the buckets of the histograms.
func moved(w io.Writer) error {
	var page bytes.Buffer
	wiremetrics.WritePrometheus(&page)
	for line := range strings.Lines(page.String()) {
		if strings.HasPrefix(line, "#") || strings.Contains(line, "_bucket{") || strings.HasSuffix(line, " 0\n") {
			continue
		}
		if _, err := io.WriteString(w, "  "+line); err != nil {
			return err
		}
	}
	return nil
}
