package httpndjson

import (
	"context"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

// Pool holds a few connections, made when they are first needed. Its methods are for any goroutine.
type Pool struct {
	cfg   *conn.Config
	slots chan *conn.Conn // as many as connections may be open; nil is one that is not open yet
}

// NewPool makes a pool of at most size connections to the server of cfg.
func NewPool(cfg *conn.Config, size int) *Pool {
	p := &Pool{cfg: cfg, slots: make(chan *conn.Conn, size)}
	for range size {
		p.slots <- nil
	}
	return p
}

// get waits for a connection that nobody uses. Give every one back with put.
func (p *Pool) get(ctx context.Context) (*conn.Conn, error) {
	var c *conn.Conn
	select {
	case c = <-p.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c != nil && c.State() != conn.Closed {
		return c, nil
	}
	c, err := conn.ConnectConfig(ctx, p.cfg)
	if err != nil {
		p.slots <- nil
		return nil, err
	}
	return c, nil
}

func (p *Pool) put(c *conn.Conn) { p.slots <- c }

// Close waits until all connections are back, and closes them.
func (p *Pool) Close(ctx context.Context) error {
	for range cap(p.slots) {
		select {
		case c := <-p.slots:
			if c == nil {
				continue
			}
			if err := c.Close(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
