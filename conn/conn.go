package conn

import (
	"fmt"
	"log/slog"
	"sync"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/feed"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// Conn is a connection to one server. It runs one query at a time: a second one is refused with
// errors.ErrConnectionBusy, never queued. All methods may be called from any goroutine.
type Conn struct {
	cfg    *Config
	logger *slog.Logger
	at     endpoint // where the server was reached; cancel requests are sent there

	// sentPasswords were sent to a server in clear text, in this attempt to connect or an earlier one: they are
	// masked in texts from this server.
	sentPasswords []string

	// These belong to the owner of the turn: the login, the query, or the drain.
	link    *link.Link
	reader  *protocol.Reader
	decoder protocol.Decoder
	out     []byte // the message to send; its memory is reused
	result  result // of the query under way
	// lastWord is a notice that explains why the server ends the connection, if nothing has followed it.
	lastWord   *werr.ServerError
	statements statements
	texts      texts

	// Fixed after the login.
	pid uint32
	key []byte // the secret key for a CancelRequest; empty if the server sent none

	mu         sync.Mutex
	state      State
	closing    bool          // Close was called: no further query may begin
	turn       link.Turn     // the present turn of the link, or the last one
	running    feed.Handle   // the stream of the present turn, once there is one
	underWay   bool          // a turn begun by tryBegin is not over
	over       chan struct{} // see turnOver
	parameters parameters
}

// move changes the state. The caller holds c.mu.
func (c *Conn) move(to State) {
	if !c.state.may(to) {
		panic(fmt.Sprintf("BUG: conn: %v to %v", c.state, to))
	}
	c.state = to
}

// State returns what the connection is doing now.
func (c *Conn) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Streaming && c.leaving() {
		return Cancelling
	}
	return c.state
}

// leaving reports whether the rest of the query under way is no longer wanted: it is being drained, or about to be.
// The caller holds c.mu.
func (c *Conn) leaving() bool {
	return c.state == Cancelling || c.running != nil && c.running.Left()
}

// PID returns the process ID of the server's backend, as shown in pg_stat_activity, or 0 if the server sent none.
func (c *Conn) PID() uint32 { return c.pid }

// ServerParameter returns the value that the server last reported for a parameter such as server_version or TimeZone,
// or "" if it has not reported it.
func (c *Conn) ServerParameter(name string) string { return c.parameters.get(name) }
