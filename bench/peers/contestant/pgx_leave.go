package contestant

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The ways to leave a pgx query early, after which another query can follow.

// pgxDrain does what Rows.Close does: it reads all remaining rows.
func pgxDrain(_ context.Context, _ *pgxClient, rows pgx.Rows) error {
	rows.Close()
	return rows.Err()
}

// pgxCancel asks the server to stop first.
func pgxCancel(ctx context.Context, c *pgxClient, rows pgx.Rows) error {
	if err := c.conn.PgConn().CancelRequest(ctx); err != nil {
		return err
	}
	rows.Close()
	return stopped(rows.Err())
}

// pgxReconnect closes the connection and opens a new one.
func pgxReconnect(ctx context.Context, c *pgxClient, _ pgx.Rows) error {
	if err := c.conn.Close(ctx); err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, c.config)
	c.conn = conn
	return err
}

// stopped ignores the error that ends a cancelled query (query_canceled).
func stopped(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "57014" {
		return nil
	}
	return err
}
