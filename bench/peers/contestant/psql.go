package contestant

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// psqlClient runs psql once for each query, and discards its output. The figures include its start and its login.
type psqlClient struct{ dsn string }

func psql() Contestant {
	return Contestant{"psql", "psql -c 'COPY (...) TO STDOUT' into /dev/null; its start and login included",
		func(_ context.Context, dsn string) (Client, error) {
			_, err := exec.LookPath("psql")
			return psqlClient{dsn}, err
		}}
}

// Run cannot watch rows, nor count them.
func (c psqlClient) Run(ctx context.Context, q workload.Query, _ *Watch) (Tally, error) {
	cmd := exec.CommandContext(ctx, "psql", "-X", "-q", "-d", c.dsn, "-c", fmt.Sprintf("COPY (%s) TO STDOUT", q.SQL))
	cmd.Stderr = os.Stderr
	return Tally{Rows: q.Rows}, cmd.Run()
}

// Close implements Client.
func (psqlClient) Close() error { return nil }
