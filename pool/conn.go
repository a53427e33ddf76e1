package pool

import (
	"context"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Conn is a connection lent by Acquire, for queries that must run on the same connection. Call Release when it is no
// longer needed. Except for Release, its methods may be called by one goroutine at a time.
type Conn struct {
	mu      sync.Mutex // held for each call
	m       *member    // nil after Release
	loan    loan       // the loan of m
	running *stream.Stream
}

// Acquire lends a connection until Release. It waits for one, in the order of calls, as long as ctx and
// Config.AcquireTimeout allow. If it fails, no query has been sent. It does not retry a failed connect.
func (p *Pool) Acquire(ctx context.Context) (*Conn, error) {
	m, _, err := p.borrow(ctx, toConn)
	if err != nil {
		return nil, err
	}
	return &Conn{m: m, loan: m.present()}, nil
}

// Release gives the connection back. It may be called any number of times, from any goroutine. It closes a stream that
// is still open, and waits for a call that is under way.
func (c *Conn) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, running := c.m, c.running
	c.m, c.running = nil, nil
	if m == nil {
		return
	}
	if running != nil {
		_ = running.Close() // the pool checks the connection's state
	}
	m.giveBack(c.loan)
}

// Query runs sql as conn.Conn.Query does. c keeps the connection when the stream has ended. There are no retries.
func (c *Conn) Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error) {
	return c.QueryArgs(ctx, sql, nil, opts...)
}

// QueryArgs is Query with arguments, as conn.Conn.QueryArgs takes them.
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

// Ping checks that the server answers.
func (c *Conn) Ping(ctx context.Context) error {
	m, err := c.begin()
	if err != nil {
		return err
	}
	defer c.mu.Unlock()
	return m.c.Ping(ctx)
}

// Conn returns the connection itself, or nil after Release. It must not be closed, and not be used after Release, when
// another query may be using it.
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
