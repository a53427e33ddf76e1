package stdlib

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Conn is the driver's connection, as sql.Conn.Raw passes it. database/sql uses it from one goroutine at a time.
type Conn struct{ wire *conn.Conn }

var (
	_ driver.QueryerContext     = (*Conn)(nil)
	_ driver.ExecerContext      = (*Conn)(nil)
	_ driver.ConnPrepareContext = (*Conn)(nil)
	_ driver.ConnBeginTx        = (*Conn)(nil)
	_ driver.Pinger             = (*Conn)(nil)
	_ driver.SessionResetter    = (*Conn)(nil)
	_ driver.Validator          = (*Conn)(nil)
	_ driver.NamedValueChecker  = (*Conn)(nil)
)

// Conn returns the underlying connection. It must not be closed, and not be used after the call of sql.Conn.Raw has
// returned.
func (c *Conn) Conn() *conn.Conn { return c.wire }

// closeTimeout bounds Close, which database/sql gives no context.
const closeTimeout = 5 * time.Second

// Close ends the connection.
func (c *Conn) Close() error {
	ctx, stop := context.WithTimeout(context.Background(), closeTimeout)
	defer stop()
	return c.wire.Close(ctx)
}

// Ping checks that the server answers.
func (c *Conn) Ping(ctx context.Context) error { return badConn(c.wire, c.wire.Ping(ctx)) }

// ResetSession returns driver.ErrBadConn if the connection has ended. There is nothing to reset: the options of a query
// end with it. What a statement itself changes in the session, as SELECT set_config('x', 'y', false) does, is not
// reset.
func (c *Conn) ResetSession(context.Context) error {
	if !c.IsValid() {
		return driver.ErrBadConn
	}
	return nil
}

// IsValid reports whether the connection can be used again.
func (c *Conn) IsValid() bool { return c.wire.State() != conn.Closed }

// QueryContext runs a query, with the options of ctx.
func (c *Conn) QueryContext(ctx context.Context, query string, named []driver.NamedValue) (driver.Rows, error) {
	args := make([]any, len(named))
	for i, v := range named {
		args[i] = v.Value
	}
	s, err := c.wire.QueryArgs(ctx, query, args, optionsOf(ctx)...)
	if err != nil {
		return nil, badConn(c.wire, err)
	}
	return &rows{s}, nil
}

// badConn makes err a driver.ErrBadConn if nothing was sent because the connection had ended, so that database/sql
// tries another connection.
func badConn(c *conn.Conn, err error) error {
	var op *werr.OpError
	if err != nil && c.State() == conn.Closed && errors.As(err, &op) && op.Unsent {
		return fmt.Errorf("%w: %w", driver.ErrBadConn, err)
	}
	return err
}

// ExecContext returns an error: the driver only runs queries.
func (*Conn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return nil, readOnly("Exec")
}

// BeginTx returns an error: there are no transactions.
func (*Conn) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) {
	return nil, readOnly("Begin")
}

// Begin is BeginTx.
func (*Conn) Begin() (driver.Tx, error) { return nil, readOnly("Begin") }

func readOnly(call string) error {
	return &werr.UsageError{Detail: call + " is not supported: this driver streams the results of queries; " +
		"use one such as github.com/jackc/pgx/v5/stdlib for writes and transactions"}
}
