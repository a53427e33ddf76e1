package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

const demoQuery = "SELECT data FROM v_user"

// demo is what is shown: rows, split among streams that run at the same time.
type demo struct {
	target
	rows          int64
	streams       int
	progress      string
	metricsListen string
}

func newDemo(t target) *cobra.Command {
	d := &demo{target: t}
	cmd := &cobra.Command{
		Use:   "demo [flags]",
		Short: "Make documents behind a view v_user, stream them, and show what it took",
		Long: `demo makes a temporary view v_user over generated documents, which is gone when the
connection closes, runs SELECT data FROM v_user, and prints rows, rates, time to first
row, peak memory and the metrics that moved. It writes nothing that stays.

With --streams many queries run at a time, each on a connection of a pool and with its
share of the rows; what is printed is their sum.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd) },
	}
	d.addFlag(cmd)
	flags := cmd.Flags()
	flags.Int64Var(&d.rows, "rows", 1_000_000, "documents to make")
	flags.IntVar(&d.streams, "streams", 1, "streams at a time, each with an equal share of the rows")
	flags.StringVar(&d.progress, "progress", "auto", "progress on standard error: auto, always or never")
	flags.StringVar(&d.metricsListen, "metrics-listen", "", "serve /metrics, and a page of what runs, on this `address` during the run")
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

func (d *demo) run(cmd *cobra.Command) error {
	switch {
	case d.rows < 1:
		return usageError{fmt.Errorf("--rows %d: want at least 1", d.rows)}
	case d.streams < 1 || int64(d.streams) > d.rows:
		return usageError{fmt.Errorf("--streams %d: want at least 1, and at most the %d rows", d.streams, d.rows)}
	}
	show, err := showProgress(d.progress, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	d.rows -= d.rows % int64(d.streams)
	log := &warnings{out: cmd.ErrOrStderr()}
	p, err := d.pool(cmd.Context(), log)
	if err != nil {
		return err
	}
	defer closeConn(p, limit{}, cmd.ErrOrStderr())
	if d.metricsListen != "" {
		stop, err := serveMetrics(d.metricsListen, cmd.ErrOrStderr(), p)
		if err != nil {
			return err
		}
		defer stop()
	}
	version, err := d.connect(cmd.Context(), p)
	if err != nil {
		return err
	}
	log.stop()
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "PostgreSQL %s, %s, %d documents", version, demoQuery, d.rows)
	if d.streams > 1 {
		fmt.Fprintf(out, " in %d streams", d.streams)
	}
	fmt.Fprint(out, "\n\n")
	if err := d.read(cmd, p, show); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nmetrics that moved:\n")
	return moved(out)
}

// pool has a connection, with a view of its own, for each stream.
func (d *demo) pool(ctx context.Context, log *warnings) (*pool.Pool, error) {
	cfg, err := d.config(limit{})
	if err != nil {
		return nil, err
	}
	cfg.Logger = slog.New(log)
	view := fmt.Sprintf(demoView, d.rows/int64(d.streams))
	return pool.New(ctx, &pool.Config{
		Conn: cfg, Name: "demo", MaxConns: d.streams,
		AfterConnect: func(ctx context.Context, c *conn.Conn) error { return command.Exec(ctx, c, view) },
	})
}

// connect makes all connections, so that their logins are not part of what is timed, and returns the server's version.
func (d *demo) connect(ctx context.Context, p *pool.Pool) (version string, err error) {
	for range d.streams {
		c, err := p.Acquire(ctx)
		if err != nil {
			return "", err
		}
		defer c.Release()
		version = c.Conn().ServerParameter("server_version")
	}
	return version, nil
}

// read opens the streams, and reads them at the same time.
func (d *demo) read(cmd *cobra.Command, p *pool.Pool, show bool) error {
	readers, ctx := errgroup.WithContext(cmd.Context())
	started := time.Now()
	var first time.Time
	streams := make([]*stream.Stream, d.streams)
	for i := range streams {
		s, err := p.Query(ctx, demoQuery)
		if err != nil {
			return err
		}
		defer s.Close() //nolint:errcheck // a failure shows in Err
		if i == 0 {
			first = time.Now() // a pool that retries waits for the first row
		}
		streams[i] = s
	}
	watch := startWatch(func() stream.Stats { return sum(streams) }, started, d.rows, show, cmd.ErrOrStderr())
	for _, s := range streams {
		readers.Go(func() error {
			for s.Next() {
			}
			return s.Err()
		})
	}
	err := readers.Wait()
	watch.stop(first)
	watch.print(cmd.OutOrStdout())
	return err
}

// sum adds up what streams have done. Its state is that of the first, unless another has not completed.
func sum(streams []*stream.Stream) stream.Stats {
	all := streams[0].Stats()
	for _, s := range streams[1:] {
		st := s.Stats()
		all.TotalRowsYielded += st.TotalRowsYielded
		all.TotalBytes += st.TotalBytes
		all.ItemsBuffered += st.ItemsBuffered
		if st.State != stream.Completed {
			all.State = st.State
		}
	}
	return all
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
