package conn

import (
	"context"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
)

// A turn is one use of the connection, by the login, a query or a Ping. The code that begins it owns the link, the
// reader and the other fields of the turn until it calls release or fail, or hands them to a stream, whose fill token
// then represents the turn.

// begin begins a turn for op. If an earlier query is still being drained, it waits for the end of the drain, bounded
// by ctx.
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

// tryBegin begins a turn if the connection is idle. During a drain it instead returns the channel that is closed at
// the end of the drain.
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
// first call, because most turns are not waited for. The caller holds c.mu.
func (c *Conn) turnOver() <-chan struct{} {
	if c.underWay && c.over == nil {
		c.over = make(chan struct{})
	}
	return c.over
}

// release ends a turn with nothing left to read: the connection becomes idle, unless the socket was closed meanwhile,
// as by a Cancel whose context ended just then.
func (c *Conn) release() {
	c.shrink()
	if !c.link.End() {
		c.fail()
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != Closed {
		c.move(Idle)
	}
	c.endTurn()
}

// shrink frees the memory that is needed only during a turn: there may be many connections, idle for a long time.
func (c *Conn) shrink() {
	c.result = result{}
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

// shut closes the socket. Any goroutine may call it. The owner of the turn notices at its next read or write, and
// still has to end the turn.
func (c *Conn) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != Closed {
		c.move(Closed)
		wiremetrics.ConnectionClosed()
	}
	c.link.Close()
}

// endTurn wakes all who wait for the end of the turn. The caller holds c.mu.
func (c *Conn) endTurn() {
	if c.over != nil {
		close(c.over)
	}
	c.underWay, c.over, c.running = false, nil, nil
}

// cancelling records that the rest of the query under way is no longer wanted.
func (c *Conn) cancelling() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Streaming {
		c.move(Cancelling)
	}
}

// unsent wraps the error of an operation that has sent nothing.
func unsent(op string, err error) error { return &werr.OpError{Op: op, Err: err, Unsent: true} }
