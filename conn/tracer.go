package conn

import (
	"context"
	"errors"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/sqltext"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Tracer is called for each attempt to connect to a host, and for each query: Config.Tracer. Its methods may be
// called from any goroutine, and must not block.
//
// The context returned by a Start method is used for the rest of the call, so it must be derived from the one given.
// The matching End method gets it, too. Each Start is followed by exactly one End, whatever happens in between.
type Tracer interface {
	// ConnectStart is called before a host is tried: once for each host, although it may have several addresses or be
	// tried both with TLS and without. The returned context is passed to Config.Dial and Config.PasswordFunc.
	ConnectStart(ctx context.Context, i ConnectInfo) context.Context
	// ConnectEnd is called when the login at the host has succeeded, or all of its addresses have failed; err is nil
	// or a *errors.ConnectError with one error per attempt.
	ConnectEnd(ctx context.Context, i ConnectInfo, err error)
	// QueryStart is called by Query and QueryArgs before anything is sent, after the options have been checked.
	QueryStart(ctx context.Context, i QueryInfo) context.Context
	// QueryEnd is called when the stream has ended and its connection is idle or closed, or when Query failed.
	QueryEnd(ctx context.Context, i QueryInfo, sum stream.Summary)
}

// ConnectInfo is what a Tracer learns about an attempt to connect.
type ConnectInfo struct {
	Host           Host
	Database, User string
}

// QueryInfo is what a Tracer learns about a query.
type QueryInfo struct {
	SQL            string
	Entity         string // the label of the metrics; empty if unknown
	Database, User string
	Host           Host   // the host of the connection
	PID            uint32 // of the server's backend; 0 if the server sent none
	Args           int    // number of arguments; their values are not passed
}

// errUnwound is the error in a trace if the call did not return, because a function of the program, such as
// Config.Dial or an argument's Value method, panicked or ended the goroutine.
var errUnwound = errors.New("fraiseql: the call did not return")

// tracedHost calls host between ConnectStart and ConnectEnd.
func (k *connector) tracedHost(ctx context.Context, h Host) (c *Conn, errs []error, last bool) {
	tracer := k.cfg.Tracer
	if tracer == nil {
		return k.host(ctx, h)
	}
	info := ConnectInfo{Host: h, Database: k.cfg.Database, User: k.cfg.User}
	ctx = tracer.ConnectStart(ctx, info)
	err := errUnwound
	defer func() { tracer.ConnectEnd(ctx, info, err) }()
	c, errs, last = k.host(ctx, h)
	if err = nil; c == nil {
		err = &werr.ConnectError{Attempts: errs}
	}
	return c, errs, last
}

// traceQuery calls QueryStart, and returns settings with which QueryEnd is called at the end of the query.
func (c *Conn) traceQuery(
	ctx context.Context, sql string, args int, set *stream.Settings,
) (context.Context, *stream.Settings) {
	tracer := c.cfg.Tracer
	info := QueryInfo{
		SQL: sql, Entity: set.Entity(), Database: c.cfg.Database, User: c.cfg.User, Host: c.at.host, PID: c.pid, Args: args,
	}
	if info.Entity == "" {
		info.Entity = sqltext.Describe(sql).Entity
	}
	ctx = tracer.QueryStart(ctx, info)
	return ctx, set.AndOnEnd(func(sum stream.Summary) { tracer.QueryEnd(ctx, info, sum) })
}
