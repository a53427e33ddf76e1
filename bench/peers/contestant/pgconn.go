package contestant

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// pgconnClient uses the level below pgx: no statement cache, no types.
type pgconnClient struct{ conn *pgconn.PgConn }

func openPgconn(ctx context.Context, dsn string) (Client, error) {
	conn, err := pgconn.Connect(ctx, dsn)
	return &pgconnClient{conn}, err
}

// Run implements Client.
func (c *pgconnClient) Run(ctx context.Context, q workload.Query, watch *Watch) (t Tally, err error) {
	result := c.conn.ExecParams(ctx, q.SQL, nil, nil, nil, nil)
	for result.NextRow() {
		t.add(result.Values()[0])
		if watch.leaves(t.Rows) {
			if err := c.conn.CancelRequest(ctx); err != nil {
				return t, err
			}
			_, err := result.Close()
			return t, stopped(err)
		}
	}
	_, err = result.Close()
	return t, err
}

// Close implements Client.
func (c *pgconnClient) Close() error { return c.conn.Close(context.Background()) }
