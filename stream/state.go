package stream

import "fmt"

// State is what a stream is doing.
type State uint8

const (
	// Active: rows may come.
	Active State = iota
	// Paused: Pause was called; until Resume, only rows already buffered may be taken.
	Paused
	// Completed: every row was taken, or the stream was closed before that.
	Completed
	// Failed: Err returns the reason.
	Failed
)

var stateNames = [...]string{Active: "active", Paused: "paused", Completed: "completed", Failed: "failed"}

// String returns the state's name in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// State returns what the stream is doing now. Any goroutine may call it.
func (s *Stream) State() State {
	switch {
	case s.life.halted() && s.life.err != nil:
		return Failed
	case s.life.halted():
		return Completed
	case s.pause.on.Load():
		return Paused
	}
	return Active
}
