package pool

import (
	"context"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Conn is a connection of a pool that was lent by Acquire: for queries that must run on one connection. Release it when it
// is not needed any more. It is for one goroutine at a time, except Release.
type Conn struct {
	mu      sync.Mutex // held for each call
	m       *member    // nil after Release
	loan    loan       // of m
	running *stream.Stream
}

// Acquire lends a connection until Release. It waits for one, in the order of coming, as long as ctx and
// Config.AcquireTimeout allow; what it fails with has sent no query. It makes no second attempt to connect.
func (p *Pool) Acquire(ctx context.Context) (*Conn, error) {
	m, _, err := p.borrow(ctx, toConn)
	if err != nil {
		return nil, err
	}
	return &Conn{m: m, loan: m.present()}, nil
}

// Release gives the connection back; any number of times, from any goroutine. A stream that still runs is closed first. A
// query that is being sent is waited for.
func (c *Conn) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, running := c.m, c.running
	c.m, c.running = nil, nil
	if m == nil {
		return
	}
	if running != nil {
		_ = running.Close() // the pool looks at the connection's state
	}
	m.giveBack(c.loan)
}

// Query runs sql as conn.Conn.Query does. The connection stays with c when the stream has ended. There are no retries.
func (c *Conn) Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error) {
	return c.QueryArgs(ctx, sql, nil, opts...)
}

// QueryArgs is Query with arguments, which are those of conn.Conn.QueryArgs.
func (c *Conn) QueryArgs(ctx context.Context, sql string, args []any, opts ...stream.Option) (*stream.Stream, error) {
	m, err := c.begin()
	if err != nil {
		return nil, err
	}
	defer c.mu.Unlock()
	s, err := m.query(request{ctx, sql, args, opts}, toConn)
	if err != nil {
		return nil, err
	}
	c.running = s
	return s, nil
}

// Ping asks the server for an answer.
func (c *Conn) Ping(ctx context.Context) error {
	m, err := c.begin()
	if err != nil {
		return err
	}
	defer c.mu.Unlock()
	return m.c.Ping(ctx)
}

// Conn is the connection itself, or nil after Release. It must not be used beyond Release, nor closed: another query
// may have it by then.
func (c *Conn) Conn() *conn.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		return nil
	}
	return c.m.c
}

// begin locks c for a call, unless it was released or another call is under way.
func (c *Conn) begin() (*member, error) {
	if !c.mu.TryLock() {
		return nil, werr.ErrConnectionBusy
	}
	if c.m == nil {
		c.mu.Unlock()
		return nil, &werr.UsageError{Detail: "the connection was given back to its pool by Release; acquire another one"}
	}
	return c.m, nil
}
