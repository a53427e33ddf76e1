package main

import (
	"context"
	"fmt"
	"math"
	"time"

	units "github.com/docker/go-units"
	"github.com/spf13/cobra"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// streamFlags are the flags of the stream command.
type streamFlags struct {
	target
	selection
	timeout       time.Duration
	file          string
	args          []string
	entity        string
	chunkRows     int
	maxMemory     string
	memoryPolicy  string
	readAhead     string
	validate      bool
	progress      string
	stats         bool
	metricsListen string
}

func newStream(t target) *cobra.Command {
	f := &streamFlags{target: t}
	cmd := &cobra.Command{
		Use:   "stream [flags] {SQL | - | --file FILE | --from VIEW}",
		Short: "Write the rows of a query to standard output as NDJSON",
		Example: `  fraiseql-wire stream "SELECT data FROM v_user"
  fraiseql-wire stream --arg 42 "SELECT data FROM v_user WHERE id = \$1"
  fraiseql-wire stream --dsn postgres://localhost/shop --stats "SELECT to_json(o) AS data FROM orders o" | gzip > orders.gz
  fraiseql-wire stream --file report.sql
  generate-report | fraiseql-wire stream -
  fraiseql-wire stream --from v_user --where '{"age":{"gte":18}}' --order '[{"id":"ASC"}]' --limit 10 --fields id,name
  fraiseql-wire stream --from v_user --as id=numeric --order '[{"id":"ASC"}]' --resume users.place >> users.ndjson`,
		Args: f.selection.check,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	flags := cmd.Flags()
	f.addFlag(cmd)
	f.selection.addFlags(cmd)
	flags.DurationVar(&f.timeout, "timeout", 0, "time limit for the whole run, such as 30s; 0: none")
	flags.StringVarP(&f.file, "file", "f", "", "`file` with the SQL statement; -: standard input")
	flags.StringArrayVar(&f.args, "arg", nil, "`value` of the next parameter, $1 first; repeatable")
	flags.StringVar(&f.entity, "entity", "", "`name` for the metrics (default: from v_NAME in the query)")
	flags.IntVar(&f.chunkRows, "chunk-rows", 0, "fixed chunk size, in `rows` (default: adaptive)")
	flags.StringVar(&f.maxMemory, "max-memory", "", "limit on the bytes of buffered rows, such as 64MiB; 0: none")
	flags.StringVar(&f.memoryPolicy, "memory-policy", "fail", "what to do at that limit with --read-ahead always: fail or wait")
	flags.StringVar(&f.readAhead, "read-ahead", "auto", "whether a background reader reads ahead: auto, always or never")
	flags.BoolVar(&f.validate, "validate", false, "check that each row is one JSON document")
	flags.StringVar(&f.progress, "progress", "auto", "progress on standard error: auto (on a terminal), always or never")
	flags.BoolVar(&f.stats, "stats", false, "print statistics on standard error at the end")
	flags.StringVar(&f.metricsListen, "metrics-listen", "", "serve /metrics, and a page of running streams, on this `address` during the run")
	return cmd
}

// options turns the flags into the library's options.
func (f *streamFlags) options(cmd *cobra.Command) ([]stream.Option, error) {
	readAhead, err := choice("read-ahead", f.readAhead, map[string]stream.ReadAhead{
		"auto": stream.ReadAheadAuto, "always": stream.ReadAheadAlways, "never": stream.ReadAheadNever})
	if err != nil {
		return nil, err
	}
	policy, err := choice("memory-policy", f.memoryPolicy, map[string]stream.MemoryPolicy{
		"fail": stream.MemoryFail, "wait": stream.MemoryWait})
	if err != nil {
		return nil, err
	}
	opts := []stream.Option{stream.WithReadAhead(readAhead), stream.WithMemoryPolicy(policy)}
	if f.maxMemory != "" {
		bytes, err := units.RAMInBytes(f.maxMemory)
		if err != nil || bytes < 0 || bytes > math.MaxInt {
			return nil, usageError{fmt.Errorf("--max-memory %q: want a size such as 64MiB", f.maxMemory)}
		}
		opts = append(opts, stream.WithMaxMemory(int(bytes)))
	}
	if cmd.Flags().Changed("chunk-rows") {
		if f.chunkRows < 1 {
			return nil, usageError{fmt.Errorf("--chunk-rows %d: want at least 1, or leave it out", f.chunkRows)}
		}
		opts = append(opts, stream.WithChunkRows(f.chunkRows))
	}
	if f.entity != "" {
		opts = append(opts, stream.WithEntity(f.entity))
	}
	if f.validate {
		opts = append(opts, stream.WithValidation())
	}
	if _, err := stream.Configure(opts...); err != nil { // before a connection is made
		return nil, usageError{err}
	}
	return opts, nil
}

// choice returns the value that a flag's word stands for.
func choice[T any](flag, word string, values map[string]T) (T, error) {
	v, ok := values[word]
	if !ok {
		return v, usageError{fmt.Errorf("--%s %q: want one of %s", flag, word, words(values))}
	}
	return v, nil
}

func (f *streamFlags) run(cmd *cobra.Command, args []string) error {
	opts, err := f.options(cmd)
	if err != nil {
		return err
	}
	show, err := showProgress(f.progress, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	ctx, stop, l, err := withTimeout(cmd.Context(), f.timeout)
	if err != nil {
		return err
	}
	defer stop()
	sql, values, err := f.asked(ctx, cmd, args)
	if err != nil {
		return err
	}
	if f.metricsListen != "" {
		stop, err := serveMetrics(f.metricsListen, cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		defer stop()
	}
	ctx, unwatch := watchHangup(ctx, cmd.OutOrStdout())
	defer unwatch()
	if f.resume != "" {
		return f.export(ctx, cmd, l, opts)
	}
	c, err := f.connect(ctx, cmd, l)
	if err != nil {
		return err
	}
	defer closeConn(c, l, cmd.ErrOrStderr())
	return f.copy(ctx, cmd, c, sql, values, opts, show, newOutput(ctx, cmd.OutOrStdout(), l))
}

// asked returns the statement to run, and its arguments: built from --from and its flags, or as given.
func (f *streamFlags) asked(ctx context.Context, cmd *cobra.Command, args []string) (string, []any, error) {
	if cmd.Flags().Changed("from") {
		q, err := f.selection.statement(cmd)
		if err != nil {
			return "", nil, err
		}
		return q.Build()
	}
	values := make([]any, len(f.args))
	for i, a := range f.args {
		values[i] = a
	}
	sql, err := statement(ctx, cmd, f.file, args)
	return sql, values, err
}

// copy runs the query, writes its rows to out, and closes out.
func (f *streamFlags) copy(ctx context.Context, cmd *cobra.Command, c *conn.Conn, sql string, args []any, opts []stream.Option,
	show bool, out *output) error {
	defer out.close()
	started := time.Now()
	s, err := c.QueryArgs(ctx, sql, args, opts...)
	if err != nil {
		return err
	}
	watch := startWatch(s.Stats, started, -1, show, cmd.ErrOrStderr())
	_, err = s.WriteTo(out)
	watch.stop(out.first)
	if f.stats {
		watch.print(cmd.ErrOrStderr())
	}
	return err
}
