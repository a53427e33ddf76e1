package pool

import (
	"context"
	"errors"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// judge examines the error of a query. If the server is shutting down, or rejects writes as read-only, this connection
// is closed when it is given back, and the idle ones must answer a ping before they are lent again.
func (m *member) judge(err error) {
	if err == nil {
		return // the usual case, without the allocation below
	}
	var e *werr.ServerError
	if !errors.As(err, &e) {
		return
	}
	switch e.Code {
	case "57P01", // admin_shutdown
		"57P02", // crash_shutdown
		"25006": // read_only_sql_transaction
		if m.suspect.CompareAndSwap(false, true) {
			m.pool.suspicion.Add(1)
		}
	}
}

// demoted reports whether the server is a standby although the pool's connections must go to a primary. From PostgreSQL
// 14 on, the server reports this in the parameter in_hot_standby.
func (m *member) demoted() bool {
	switch m.pool.cfg.Conn.TargetSessionAttrs {
	case conn.ReadWriteSession, conn.PrimarySession:
		return m.c.ServerParameter("in_hot_standby") == "on" || m.c.ServerParameter("default_transaction_read_only") == "on"
	}
	return false
}

// lostAtOnce reports whether the connection was lost during the first answer of a query, which the breaker counts in
// addition to failures to connect. The end of the caller's context is not a failure of the server, and a connection
// that was found dead says nothing about the current state of the server.
func lostAtOnce(ctx context.Context, c *conn.Conn, err error) bool {
	if ctx.Err() != nil || c.State() != conn.Closed || foundDead(ctx, c, err) {
		return false
	}
	switch werr.CategoryOf(err) {
	case werr.CategoryIO, werr.CategoryProtocol:
		return true
	case werr.CategoryServer:
		return outcomeOfRefusal(err) == failure
	}
	return false
}

// foundDead reports whether nothing of the query was sent because the connection had already ended.
func foundDead(ctx context.Context, c *conn.Conn, err error) bool {
	var op *werr.OpError
	return ctx.Err() == nil && c.State() == conn.Closed && errors.As(err, &op) && op.Unsent
}

// outcome is the result of a connect as the breaker counts it.
type outcome uint8

const (
	success outcome = iota // the server answered, if only to reject a password
	failure                // there was no server that accepts connections
	neutral                // it says nothing about the server
)

// outcomeOf classifies the error of a connect, or of a connection lost during the first answer of a query.
func outcomeOf(err error) outcome {
	switch werr.CategoryOf(err) {
	case werr.CategoryNone, werr.CategoryAuth:
		return success
	case werr.CategoryConfig, werr.CategoryUsage, werr.CategoryCancelled, werr.CategoryClosed:
		return neutral
	case werr.CategoryServer:
		return outcomeOfRefusal(err)
	}
	return failure
}

// outcomeOfRefusal classifies an error with which the server rejected a connection. A server that is full, starting up
// or shutting down accepts no connections; with any other error, the server has answered.
func outcomeOfRefusal(err error) outcome {
	var e *werr.ServerError
	if errors.As(err, &e) && len(e.Code) == 5 && (e.Code[:3] == "57P" || e.Code[:2] == "53") {
		return failure
	}
	return success
}
