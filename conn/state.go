package conn

import "fmt"

// State is what a connection is doing.
type State uint8

const (
	// Connecting means that the connection is being made: dialled, encrypted and logged in.
	Connecting State = iota
	// Idle means that the connection is ready for a query.
	Idle
	// Streaming means that a query or a Ping is in progress. Another one is refused with ErrConnectionBusy.
	Streaming
	// Cancelling means that a stream was left before its end: the server is told to stop, and what it still sends is
	// discarded. The next query waits until that is done.
	Cancelling
	// Closed means that the connection cannot be used any more.
	Closed
)

var stateNames = [...]string{
	Connecting: "connecting", Idle: "idle", Streaming: "streaming", Cancelling: "cancelling", Closed: "closed",
}

// String returns the name of the state in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// transitions lists the states that may follow each state.
var transitions = [...][]State{
	Connecting: {Idle, Closed},
	Idle:       {Streaming, Closed},
	Streaming:  {Idle, Cancelling, Closed},
	Cancelling: {Idle, Closed},
	Closed:     {},
}

// may reports whether the state may change from s to the given one.
func (s State) may(to State) bool {
	for _, legal := range transitions[s] {
		if legal == to {
			return true
		}
	}
	return false
}
