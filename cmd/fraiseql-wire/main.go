// Command fraiseql-wire streams the JSON rows of a PostgreSQL query to standard output, one document a line.
//
//	fraiseql-wire stream "SELECT data FROM v_user"
//
// The server is found as psql finds it: --dsn, DATABASE_URL, the PG* environment. Run it with --help for the rest.
package main

import (
	"context"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A write to a closed pipe must return an error, so that the query can be cancelled, instead of killing the process.
	signal.Ignore(syscall.SIGPIPE)
	ctx, signals := watchSignals(context.Background())
	status := run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	os.Exit(signals.exitCode(status))
}

// streams connects the program with the outside world. Tests replace it to run the program in their own process.
type streams struct {
	in       io.Reader
	out, err io.Writer
	dial     dialFunc // for conn.Config.Dial; may be nil
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, files streams) int {
	root := newRoot(files)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	return report(ctx, cmd, err, files.err)
}
