package contestant

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/fraiseql/fraiseql-wire-go/bench/workload"
)

// setScope applies the settings of a scope until the end of the transaction.
const setScope = "SELECT set_config('role', $1, true), set_config($2, $3, true), set_config($4, $5, true)"

// scope is a pgx.Conn that applies settings for each query.
type scope struct {
	*pgxClient
	args []any // of setScope
	run  func(context.Context, *scope, workload.Query, *Watch) (Tally, error)
}

func openScope(run func(context.Context, *scope, workload.Query, *Watch) (Tally, error)) opener {
	open := openPgx(pgxWay{read: pgxRawValues, leave: pgxDrain})
	return func(ctx context.Context, dsn string) (Client, error) {
		c, err := open(ctx, dsn)
		if err != nil {
			return nil, err
		}
		client := c.(*pgxClient)
		return &scope{client, []any{client.config.User, tenantSetting, tenant, userSetting, userID}, run}, nil
	}
}

// Run implements Client.
func (s *scope) Run(ctx context.Context, q workload.Query, watch *Watch) (Tally, error) {
	return s.run(ctx, s, q, watch)
}

// pgxTx does what an application does with pgx: four round trips.
func pgxTx(ctx context.Context, s *scope, q workload.Query, watch *Watch) (t Tally, err error) {
	tx, err := s.conn.Begin(ctx)
	if err != nil {
		return t, err
	}
	if _, err = tx.Exec(ctx, setScope, s.args...); err == nil {
		t, err = s.pgxClient.Run(ctx, q, watch)
	}
	if err != nil {
		return t, errors.Join(err, tx.Rollback(ctx))
	}
	return t, tx.Commit(ctx)
}

// pgxBatch uses one round trip.
func pgxBatch(ctx context.Context, s *scope, q workload.Query, watch *Watch) (t Tally, err error) {
	var b pgx.Batch
	b.Queue(setScope, s.args...)
	b.Queue(q.SQL)
	results := s.conn.SendBatch(ctx, &b)
	if _, err := results.Exec(); err != nil {
		return t, errors.Join(err, results.Close())
	}
	rows, err := results.Query()
	if err != nil {
		return t, errors.Join(err, results.Close())
	}
	t, err = s.read(rows, watch)
	if errors.Is(err, errLeft) {
		err = nil // Close drains the rest
	}
	rows.Close()
	return t, errors.Join(err, rows.Err(), results.Close())
}
