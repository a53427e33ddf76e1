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
	// A closed pipe is an error of the write, so that the query can be cancelled; not a signal that kills.
	signal.Ignore(syscall.SIGPIPE)
	ctx, signals := watchSignals(context.Background())
	status := run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	os.Exit(signals.exitCode(status))
}

// streams are what connects the program with the outside, so that tests can run it whole.
type streams struct {
	in       io.Reader
	out, err io.Writer
	dial     dialFunc // nil: the library's own
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// run is the program, and its exit code: 0 done, 1 failure, 2 usage.
func run(ctx context.Context, args []string, files streams) int {
	root := newRoot(files)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	return report(ctx, cmd, err, files.err)
}
