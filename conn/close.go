package conn

import (
	"context"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// farewell bounds how long Close waits for the server to close its side.
const farewell = time.Second

// Close ends the connection; any number of times, from any goroutine. A stream that runs ends with ErrConnectionClosed,
// and its query is cancelled. Then the server is told, and its end is waited for, so that it logs no broken connection.
// When ctx ends first, the socket is closed at once, and ctx's error is returned.
func (c *Conn) Close(ctx context.Context) error {
	over := c.leave()
	if over != nil {
		select {
		case <-over:
		case <-ctx.Done():
			c.shut()
			return &werr.OpError{Op: "close", Err: werr.FromContext(ctx)}
		}
	}
	if !c.lastTurn() {
		return nil
	}
	c.terminate(ctx)
	c.fail()
	return nil
}

// leave lets no further turn begin, and ends the present one; over is closed when that is done.
func (c *Conn) leave() (over <-chan struct{}) {
	c.mu.Lock()
	c.closing = true
	running, turn, over := c.running, c.turn, c.over
	c.mu.Unlock()
	switch {
	case over == nil:
		return nil
	case running != nil:
		running.End(&werr.OpError{Op: "stream", Err: werr.ErrConnectionClosed})
	default:
		c.link.InterruptWrites(turn)
	}
	return over
}

// lastTurn takes an idle connection for its goodbye.
func (c *Conn) lastTurn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != Idle {
		return false
	}
	c.move(Streaming)
	c.turn = c.link.Begin()
	return true
}

// terminate says goodbye and waits for the server's end, shortly ("Termination").
func (c *Conn) terminate(ctx context.Context) {
	deadline := time.Now().Add(farewell)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	c.link.Drain(deadline)
	stop := context.AfterFunc(ctx, c.link.Close)
	defer stop()
	if _, err := c.link.Write(protocol.AppendTerminate(c.out[:0])); err == nil {
		c.link.AwaitEOF(maxFarewell)
	}
}

// started notes that a turn has become a stream.
func (c *Conn) started(turn link.Turn, handle feed.Handle) {
	c.mu.Lock()
	present := c.turn == turn && c.over != nil // else the stream has ended already
	if present {
		c.running = handle
	}
	closing := c.closing
	c.mu.Unlock()
	if present && closing {
		handle.End(&werr.OpError{Op: "stream", Err: werr.ErrConnectionClosed})
	}
}

// isClosing says that Close was called.
func (c *Conn) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing
}
