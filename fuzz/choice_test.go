package fuzz

import (
	"time"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// choice is what a fuzz input asks of client and server, a bit each.
type choice uint32

const (
	framed      choice = 1 << iota // answer and after are in shorthand: see frames
	simple                         // the simple Query message
	readAhead                      // read-ahead always; else pull
	auto                           // the mode that changes by itself, if not readAhead
	validates                      // WithValidation
	filters                        // WithFilter
	silent                         // the server falls silent behind its last byte
	atOnce                         // its end comes along with the last byte, if not silent
	noKey                          // the login gave no key to cancel with
	cancelHangs                    // cancel connections do not end
	smallLimits                    // of rows and messages
	memory                         // WithMaxMemory
	memoryWaits                    // MemoryWait
	early                          // the answer begins before the query is sent
	way1                           // with way2: how to leave
	way2
	timeouts // for the first row, and for silence between rows
	paused   // the stream is paused before the first row
	slow     // the consumer takes its time
	narrow   // a ring of two rows, handed over one by one
	stiff    // the socket cannot set deadlines
	told     // the login asks for the password in clear text: no error may show it then
	scoped   // a setting in front of the query, if not simple
	prepared // every statement has a name from its first run on, if not simple
)

// has says whether a bit is chosen. Where no deadline can be set, whatever interrupts a read closes the connection:
// there is no pause then, and no timeout.
func (c choice) has(bit choice) bool {
	if c&stiff != 0 && bit&(paused|timeouts) != 0 || c&simple != 0 && bit&(scoped|prepared) != 0 {
		return false
	}
	return c&bit != 0
}

func (c choice) ending() ending {
	switch {
	case c.has(silent):
		return silence
	case c.has(atOnce):
		return eofAtOnce
	}
	return eof
}

func (c choice) ahead() stream.ReadAhead {
	switch {
	case c.has(readAhead):
		return stream.ReadAheadAlways
	case c.has(auto):
		return stream.ReadAheadAuto
	}
	return stream.ReadAheadNever
}

// leaving is how a client leaves a query.
type leaving uint8

const (
	byClose leaving = iota
	byCancel
	byContext
	byConnClose
)

func (c choice) leaving() leaving {
	way := byClose
	if c.has(way1) {
		way++
	}
	if c.has(way2) {
		way += 2
	}
	return way
}

func (c choice) options() []stream.Option {
	all := []stream.Option{stream.WithReadAhead(c.ahead()), stream.WithPauseTimeout(100 * time.Millisecond)}
	for bit, option := range map[choice]stream.Option{
		simple:      stream.WithSimpleProtocol(),
		scoped:      stream.WithSetting("a.b", "c"),
		validates:   stream.WithValidation(),
		filters:     stream.WithFilter(filter),
		memory:      stream.WithMaxMemory(smallMemory),
		memoryWaits: stream.WithMemoryPolicy(stream.MemoryWait),
		timeouts:    stream.WithFirstRowTimeout(silenceBound),
	} {
		if c.has(bit) {
			all = append(all, option)
		}
	}
	if c.has(timeouts) {
		all = append(all, stream.WithStallTimeout(silenceBound))
	}
	if c.has(narrow) {
		all = append(all, stream.WithCapacity(2), stream.WithChunkRows(1))
	}
	return all
}
