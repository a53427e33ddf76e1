package conn

import (
	"context"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// maxTerminate is how long Close waits, at most, for the server to close its side.
const maxTerminate = time.Second

// Close closes the connection. It may be called any number of times, from any goroutine. A running stream ends with
// ErrConnectionClosed, and its query is cancelled. Close then sends a Terminate message and waits up to one second
// for the server to close its side, so that the server does not log a broken connection. If ctx ends while a query is
// still being cancelled, Close closes the socket at once and returns the error of ctx.
func (c *Conn) Close(ctx context.Context) error {
	over := c.stopTurns()
	if over != nil {
		select {
		case <-over:
		case <-ctx.Done():
			c.shut()
			return &werr.OpError{Op: "close", Err: werr.FromContext(ctx)}
		}
	}
	if !c.beginLastTurn() {
		return nil
	}
	c.terminate(ctx)
	c.fail()
	return nil
}

// stopTurns prevents further turns, and ends the present one. It returns a channel that is closed when that has
// ended, or nil if there is none.
func (c *Conn) stopTurns() (over <-chan struct{}) {
	c.mu.Lock()
	c.closing = true
	running, turn, over := c.running, c.turn, c.turnOver()
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

// beginLastTurn takes an idle connection for the Terminate message.
func (c *Conn) beginLastTurn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != Idle {
		return false
	}
	c.move(Streaming)
	c.turn = c.link.Begin()
	return true
}

// terminate sends a Terminate message and waits for the server to close its side ("Termination").
func (c *Conn) terminate(ctx context.Context) {
	deadline := time.Now().Add(maxTerminate)
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

// started records that the query of a turn has become a stream. If Close was called in the meantime, it ends the
// stream.
func (c *Conn) started(turn link.Turn, handle feed.Handle) {
	c.mu.Lock()
	present := c.turn == turn && c.underWay // otherwise the stream has ended already
	if present {
		c.running = handle
	}
	closing := c.closing
	c.mu.Unlock()
	if present && closing {
		handle.End(&werr.OpError{Op: "stream", Err: werr.ErrConnectionClosed})
	}
}

// isClosing reports whether Close was called.
func (c *Conn) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing
}
