package conn

import (
	"context"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// A turn is one use of the connection, by the login, a query or a Ping. Whoever begins it owns the link, the reader and
// the other fields of the turn until release or fail, or hands them to a stream, whose fill token then stands for the
// turn.

// begin takes the connection for a turn of op. If a query that was left is still being drained, it waits for the end of
// that, bounded by ctx.
func (c *Conn) begin(ctx context.Context, op string) (turn link.Turn, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, unsent(op, werr.FromContext(ctx))
		}
		over, turn, err := c.tryBegin(op)
		if over == nil {
			return turn, err
		}
		select {
		case <-over:
		case <-ctx.Done():
		}
	}
}

// tryBegin takes the connection if it is idle. While a drain is under way it returns the channel that is closed at
// the end of the drain instead.
func (c *Conn) tryBegin(op string) (over <-chan struct{}, turn link.Turn, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == Closed, c.closing:
		return nil, 0, unsent(op, werr.ErrConnectionClosed)
	case c.state == Idle:
		c.move(Streaming)
		c.underWay, c.turn = true, c.link.Begin()
		return nil, c.turn, nil
	case !c.leaving():
		return nil, 0, werr.ErrConnectionBusy
	}
	return c.turnOver(), 0, nil
}

// turnOver returns a channel that is closed when the present turn is over, or nil if there is none. It is made at the
// first call, because few turns are waited for. The caller holds c.mu.
func (c *Conn) turnOver() <-chan struct{} {
	if c.underWay && c.over == nil {
		c.over = make(chan struct{})
	}
	return c.over
}

// release ends a turn of which nothing is left to read: the connection is idle.
func (c *Conn) release() {
	c.shrink()
	c.link.End()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != Closed {
		c.move(Idle)
	}
	c.endTurn()
}

// shrink frees the memory that only a turn needs: connections may be many, and idle for long.
func (c *Conn) shrink() {
	c.decoder.Forget()
	c.reader.Rest()
}

// fail ends a turn that left the connection in an unknown state, and closes it. Only the turn's owner may call it,
// once.
func (c *Conn) fail() {
	c.shut()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endTurn()
}

// shut closes the socket, from any goroutine. The owner of the turn finds out at its next read or write, and still
// has to end the turn.
func (c *Conn) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != Closed {
		c.move(Closed)
		wiremetrics.ConnectionClosed()
	}
	c.link.Close()
}

// endTurn wakes those who wait for the end of the turn. The caller holds c.mu.
func (c *Conn) endTurn() {
	if c.over != nil {
		close(c.over)
	}
	c.underWay, c.over, c.running = false, nil, nil
}

// cancelling notes that nobody wants the rest of the query under way.
func (c *Conn) cancelling() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Streaming {
		c.move(Cancelling)
	}
}

// unsent wraps the error of an operation of which nothing was sent.
func unsent(op string, err error) error { return &werr.OpError{Op: op, Err: err, Unsent: true} }
