package testbed

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Mode is a read-ahead mode of a stream.
type Mode struct {
	Name      string
	ReadAhead stream.ReadAhead
}

// The three modes.
var (
	Pull   = Mode{"pull", stream.ReadAheadNever}
	Auto   = Mode{"auto", stream.ReadAheadAuto}
	Always = Mode{"always", stream.ReadAheadAlways}
)

// Modes are the modes that a test runs in.
type Modes []Mode

var (
	// AllModes is for promises that hold in every mode.
	AllModes = Modes{Pull, Auto, Always}
	// FlowModes is for flow control in streams that may read ahead.
	FlowModes = Modes{Always, Auto}
)

// Run runs a test in each of the modes, in subtests with their names.
func (m Modes) Run(t *testing.T, test func(t *testing.T, m Mode)) {
	t.Helper()
	for _, mode := range m {
		t.Run(mode.Name, func(t *testing.T) { test(t, mode) })
	}
}

// Option returns the mode as an option of a query.
func (m Mode) Option() stream.Option { return stream.WithReadAhead(m.ReadAhead) }

// With returns opts with the mode's option added.
func (m Mode) With(opts ...stream.Option) []stream.Option {
	return append(opts[:len(opts):len(opts)], m.Option())
}
