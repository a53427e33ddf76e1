package stream

import "fmt"

// State is what a stream is doing.
type State uint8

const (
	// Active: rows may come.
	Active State = iota
	// Paused: by Pause, until Resume; rows already buffered may still be taken.
	Paused
	// Completed: every row was taken, or the stream was closed before.
	Completed
	// Failed: Err says why.
	Failed
)

var stateNames = [...]string{Active: "active", Paused: "paused", Completed: "completed", Failed: "failed"}

// String is the state's name in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// cause says what ended a stream. It is set once, under the stream's mutex, by whoever comes first.
type cause uint8

const (
	running      cause = iota
	causeEnd           // the consumer took the last row, or met the server's error behind it
	causeClose         // Close before the end
	causeCancel        // Cancel or CancelTimeout
	causeContext       // the query's context ended
	causeFailure       // a limit, a timeout, a row that is no JSON, the connection closed under the stream
)

// State is what the stream is doing now. Any goroutine may ask.
func (s *Stream) State() State {
	switch final := State(s.final.Load()); {
	case final != Active:
		return final
	case s.paused.Load():
		return Paused
	}
	return Active
}
