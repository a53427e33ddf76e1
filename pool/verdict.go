package pool

import (
	"context"
	"errors"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// judge looks at how a query ended. A server that is going, or that takes no writes where a primary was asked for, is
// not what the pool is for any more: this connection is closed when it comes back, and the idle ones have to answer
// before they are lent again.
func (m *member) judge(err error) {
	if err == nil {
		return // as a rule, and without the allocation below
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

// demoted says that the server reports to be a standby, where connections to a primary were asked for. A server tells so
// by itself, in in_hot_standby, from PostgreSQL 14 on.
func (m *member) demoted() bool {
	switch m.pool.cfg.Conn.TargetSessionAttrs {
	case conn.ReadWriteSession, conn.PrimarySession:
		return m.c.ServerParameter("in_hot_standby") == "on" || m.c.ServerParameter("default_transaction_read_only") == "on"
	}
	return false
}

// lostAtOnce says that the connection was lost in the first answer of a query: what the breaker counts beside failures
// to connect. The end of the caller's context is no failure of the server, and a connection that was found dead says
// nothing about the server that there is now.
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

// foundDead says that nothing of the query was sent because the connection had ended before.
func foundDead(ctx context.Context, c *conn.Conn, err error) bool {
	var op *werr.OpError
	return ctx.Err() == nil && c.State() == conn.Closed && errors.As(err, &op) && op.Unsent
}

// outcome is what a connect was, to the breaker.
type outcome uint8

const (
	success outcome = iota // the server answered, if only to refuse a password
	failure                // there was no server that takes connections
	neutral                // it says nothing about the server
)

// outcomeOf judges the error of a connect, or of a connection lost in the first answer of a query.
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

// outcomeOfRefusal judges what a server said instead of letting us in. One that is full, starting up or going takes no
// connections; whatever else it says, it said it.
func outcomeOfRefusal(err error) outcome {
	var e *werr.ServerError
	if errors.As(err, &e) && len(e.Code) == 5 && (e.Code[:3] == "57P" || e.Code[:2] == "53") {
		return failure
	}
	return success
}
