// Command fraiseql-wire streams the JSON rows of a PostgreSQL query to standard output, one document per line.
//
//	fraiseql-wire stream "SELECT data FROM v_user"
//	fraiseql-wire stream --from v_user --as id=numeric --order '[{"id":"ASC"}]' --resume users.place >> users.ndjson
//	fraiseql-wire ping
//	fraiseql-wire demo
//
// The server is found as psql finds it: --dsn, DATABASE_URL, the PG* environment. A row is written whole or not at all;
// everything else goes to standard error. Exit codes: 0 done, 1 failure, 2 a wrong command line, 130 and 143 after an
// interrupt and SIGTERM. With --resume the same command continues an export where it failed, even because of a full
// disk.
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

// streams are the program's connections to the outside world. Tests replace them to run the program in their own
// process.
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
