package conn

import "fmt"

// State is what a connection is doing.
type State uint8

const (
	// Connecting: dialling, encrypting, logging in.
	Connecting State = iota
	// Idle: ready for a query.
	Idle
	// Streaming: a query, or a Ping, is under way. Another one is refused with ErrConnectionBusy.
	Streaming
	// Cancelling: a query was left before its end; the server is told, and what it still sends is dropped. The next
	// query waits for the end of that.
	Cancelling
	// Closed: for good.
	Closed
)

var stateNames = [...]string{
	Connecting: "connecting", Idle: "idle", Streaming: "streaming", Cancelling: "cancelling", Closed: "closed",
}

// String is the state's name in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// transitions are all legal changes of state.
var transitions = [...][]State{
	Connecting: {Idle, Closed},
	Idle:       {Streaming, Closed},
	Streaming:  {Idle, Cancelling, Closed},
	Cancelling: {Idle, Closed},
	Closed:     {},
}

// may says whether a connection in state s may go on to another.
func (s State) may(to State) bool {
	for _, legal := range transitions[s] {
		if legal == to {
			return true
		}
	}
	return false
}
