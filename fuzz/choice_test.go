package fuzz

import (
	"time"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// choice is a set of bits that control the client and the server for a fuzz input.
type choice uint32

const (
	framed      choice = 1 << iota // answer and after are in shorthand: see frames
	simple                         // the simple Query message
	readAhead                      // ReadAheadAlways; otherwise ReadAheadNever, unless auto is set
	auto                           // ReadAheadAuto, if not readAhead
	validates                      // WithValidation
	filters                        // WithFilter
	silent                         // the server sends nothing after its last byte
	atOnce                         // the last byte and the end arrive together, if not silent
	noKey                          // the login returned no key for cancel requests
	cancelHangs                    // cancel connections do not end
	smallLimits                    // for rows and messages
	memory                         // WithMaxMemory
	memoryWaits                    // MemoryWait
	early                          // the answer begins before the query is sent
	way1                           // with way2: how to leave
	way2
	timeouts // for the first row, and for silence between rows
	paused   // the stream is paused before the first row
	slow     // the consumer pauses after each row
	narrow   // the ring has two rows, published one at a time
	stiff    // the socket does not support deadlines
	told     // the login requests the password in clear text: no error may show it then
	scoped   // the query has a setting, if not simple
	prepared // every statement is prepared at its first run, if not simple
)

// has reports whether a bit is set. If no deadline can be set, anything that interrupts a read closes the connection,
// so there is no pause and no timeout then.
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
