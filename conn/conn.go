package conn

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// Conn is a connection to one server. It runs one query at a time: a second one is refused with
// errors.ErrConnectionBusy, never queued. All methods are for any goroutine.
type Conn struct {
	cfg    *Config
	logger *slog.Logger
	at     endpoint // where the server was reached; cancel requests go there
	told   []string // passwords that a server was told in clear text, to keep them out of this one's texts

	// The owner of the turn's: who runs the login or the query, or drains it.
	link    *link
	reader  *protocol.Reader
	decoder protocol.Decoder
	out     []byte // the message to send, reused

	// Fixed after the login.
	pid uint32
	key []byte // what a CancelRequest shows; empty: the server gave none

	mu         sync.Mutex
	state      State
	closing    bool          // Close was called: no further query begins
	turn       uint64        // of the link: the present turn, or the last one
	running    feed.Handle   // of the present turn, once it is a stream
	over       chan struct{} // closed when the present turn is over
	parameters parameters
}

// move changes the state. The caller holds c.mu.
func (c *Conn) move(to State) {
	if !c.state.may(to) {
		panic(fmt.Sprintf("BUG: conn: %v to %v", c.state, to))
	}
	c.state = to
}

// State is what the connection is doing now.
func (c *Conn) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Streaming && c.leaving() {
		return Cancelling
	}
	return c.state
}

// leaving says that the query under way was left: its end is a matter of the drain, not of a consumer. The caller holds
// c.mu.
func (c *Conn) leaving() bool {
	return c.state == Cancelling || c.running != nil && c.running.Left()
}

// PID is the process id of the server's backend, as pg_stat_activity shows it; 0 where the server told none.
func (c *Conn) PID() uint32 { return c.pid }

// ServerParameter is the value that the server last reported for a parameter such as server_version or TimeZone; empty
// for one that it does not report.
func (c *Conn) ServerParameter(name string) string { return c.parameters.get(name) }

// begin takes the connection for a turn. It waits for a query that was left to be over, bounded by ctx.
func (c *Conn) begin(ctx context.Context) (turn uint64, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, c.unsent(werr.FromContext(ctx))
		}
		over, turn, err := c.tryBegin()
		if over == nil {
			return turn, err
		}
		select {
		case <-over:
		case <-ctx.Done():
		}
	}
}

// tryBegin takes the connection if it is idle. over is what to wait for when a drain is under way.
func (c *Conn) tryBegin() (over <-chan struct{}, turn uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == Closed, c.closing:
		return nil, 0, c.unsent(werr.ErrConnectionClosed)
	case c.state == Idle:
		c.move(Streaming)
		c.over, c.running, c.turn = make(chan struct{}), nil, c.link.begin()
		return nil, c.turn, nil
	case !c.leaving():
		return nil, 0, werr.ErrConnectionBusy
	}
	return c.over, 0, nil
}

// release ends a turn well: the connection is idle.
func (c *Conn) release() {
	c.link.endTurn()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != Closed {
		c.move(Idle)
	}
	c.endTurn()
}

// fail closes the connection in the middle of a turn. It is for the turn's owner, at most once a turn.
func (c *Conn) fail() {
	c.shut()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endTurn()
}

// shut closes the socket; the turn's owner finds out.
func (c *Conn) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != Closed {
		c.move(Closed)
		wiremetrics.ConnectionClosed()
	}
	c.link.close()
}

// endTurn tells who waits. The caller holds c.mu.
func (c *Conn) endTurn() {
	if c.over != nil {
		close(c.over)
		c.over = nil
	}
	c.running = nil
}

// cancelling notes that the turn was left.
func (c *Conn) cancelling() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Streaming {
		c.move(Cancelling)
	}
}

// unsent is err of a query of which nothing was sent.
func (c *Conn) unsent(err error) error { return &werr.OpError{Op: "query", Err: err, Unsent: true} }
