package stream

import (
	"encoding/json"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/chunking"
	"github.com/fraiseql/fraiseql-wire-go/internal/ring"
)

// Option changes how one query is streamed. Options are checked together before anything is sent: a value out of range
// makes Query return a *errors.UsageError that names the option.
type Option func(*Settings)

// ReadAhead says who reads the socket.
type ReadAhead uint8

const (
	// ReadAheadAuto begins with pull and leaves it to the stream to read in the background where that helps. The default.
	ReadAheadAuto ReadAhead = iota
	// ReadAheadAlways reads in a background goroutine from the start to the end of the query.
	ReadAheadAlways
	// ReadAheadNever reads only inside Next (pull): no goroutine, no wake-up.
	ReadAheadNever
)

// MemoryPolicy says what happens when rows would exceed a memory limit under ReadAheadAlways.
type MemoryPolicy uint8

const (
	// MemoryFail ends the stream with *errors.MemoryLimitExceededError after the rows already buffered. The default.
	MemoryFail MemoryPolicy = iota
	// MemoryWait stops reading until the consumer has taken rows.
	MemoryWait
)

// WithEntity sets the entity label of this query's metrics. Default: the name after FROM v_ or tv_.
func WithEntity(name string) Option { return func(s *Settings) { s.entity = name } }

// WithChunkRows fixes the number of rows handed over in one step, and turns adaptive chunking off. A size above the
// capacity raises the capacity.
func WithChunkRows(n int) Option {
	return func(s *Settings) {
		s.chunkRows = n
		s.want(n >= 1 && n <= ring.MaxCapacity, "WithChunkRows", n, rowRange)
	}
}

// WithAdaptiveChunking sets the bounds within which the chunk size follows the ring's occupancy. It is on by default,
// with the bounds of chunking.Config's zero value.
func WithAdaptiveChunking(c chunking.Config) Option {
	return func(s *Settings) { s.chunking = c }
}

// WithCapacity sets how many rows are buffered at most, rounded up to a power of two; default 1024. A chunk size above it
// raises it.
func WithCapacity(rows int) Option {
	return func(s *Settings) {
		s.capacity = rows
		s.want(rows >= 1 && rows <= ring.MaxCapacity, "WithCapacity", rows, rowRange)
	}
}

// WithMaxMemory bounds the bytes of the rows that are buffered; 0, the default: no bound but the capacity. A single row
// above it fails in every mode with *errors.MemoryLimitExceededError, before its body is read.
func WithMaxMemory(bytes int) Option { return func(s *Settings) { s.maxMemory = bytes } }

// WithMemoryPolicy says what to do at the memory limit under ReadAheadAlways.
func WithMemoryPolicy(p MemoryPolicy) Option { return func(s *Settings) { s.memoryPolicy = p } }

// WithMemorySoftLimit warns, once per crossing, when the buffered bytes exceed this fraction, in (0, 1], of WithMaxMemory.
func WithMemorySoftLimit(fraction float64) Option {
	return func(s *Settings) {
		s.softLimit = fraction
		s.want(fraction > 0 && fraction <= 1, "WithMemorySoftLimit", fraction, "a fraction above 0 and at most 1")
	}
}

// WithReadAhead says who reads the socket; default ReadAheadAuto.
func WithReadAhead(m ReadAhead) Option { return func(s *Settings) { s.readAhead = m } }

// WithPauseTimeout makes a pause end by itself after d; 0, the default: never.
func WithPauseTimeout(d time.Duration) Option { return func(s *Settings) { s.pauseTimeout = d } }

// WithFilter drops the rows for which keep returns false, inside Next. keep must not retain its argument, nor use the
// stream; the argument is nil for SQL NULL.
func WithFilter(keep func(json.RawMessage) bool) Option {
	return func(s *Settings) {
		s.keep = keep
		s.want(keep != nil, "WithFilter", "nil", "a function")
	}
}

// WithFirstRowTimeout bounds the time from sending the query to its first row, or to its end if it has none; 0: none.
// After it the query is cancelled, and Query or the stream fails with *errors.TimeoutError.
func WithFirstRowTimeout(d time.Duration) Option {
	return func(s *Settings) { s.firstRowTimeout = d }
}

// WithStallTimeout bounds the silence of the server while the consumer waits for the next row; 0: none. It restarts at
// each byte, stops while paused, and does not run before the first row. After it the query is cancelled, and the stream
// fails with *errors.TimeoutError. A consumer that does not call Next is not bounded by it.
func WithStallTimeout(d time.Duration) Option { return func(s *Settings) { s.stallTimeout = d } }

// WithBudget makes the stream share a memory budget with other streams.
func WithBudget(b *Budget) Option {
	return func(s *Settings) {
		s.budget = b
		s.want(b != nil, "WithBudget", "nil", "a budget made by NewBudget")
	}
}

// WithSimpleProtocol sends the statement in one simple Query message, for peers that speak nothing else. It takes no
// arguments.
func WithSimpleProtocol() Option { return func(s *Settings) { s.simple = true } }

// WithUnmarshal sets the parser of Decode and Collect; default encoding/json's Unmarshal. f must neither keep nor
// change its input, nor let the result refer to it. Others are faster: gojson.Unmarshal, of goccy/go-json, takes a half
// to a tenth of the processor time, keeps nothing of the row and needs no other module; sonic.Unmarshal, of
// bytedance/sonic, is as fast on amd64 and arm64, but lets control characters and invalid UTF-8 in strings pass, and
// what it returns keeps a copy of the whole document in memory. docs/DECODING.md compares them.
func WithUnmarshal(f func([]byte, any) error) Option {
	return func(s *Settings) {
		s.unmarshal = f
		s.want(f != nil, "WithUnmarshal", "nil", "a function")
	}
}

// WithValidation checks each row to be one JSON document in UTF-8 (RFC 8259), inside Next. Default off: the server typed
// the column. A row that is not ends the stream with a *errors.DecodeError. Arrays and objects may be nested 1,048,576
// levels deep, which is more than the server sends; below that, what it accepts is accepted.
func WithValidation() Option { return func(s *Settings) { s.validate = true } }

// WithOnEnd calls f once: when the stream has ended and its connection is idle or closed, or when Query failed, for
// whatever reason but a wrong option. It may be given several times; the functions are called in their order.
//
// Next that returns false at the end of the result, Close and Cancel have called f before they return, but for a Cancel
// whose time is up. After the end of the context, and after a limit or a timeout that ended the stream, f is called from
// another goroutine, once the server is done with the query. When Query fails, f is called before Query returns; where the
// context has ended, the connection may still be draining then.
//
// f must not block, nor call Close or Cancel of its stream, which wait for it. Methods of the Conn may be called in it.
func WithOnEnd(f func(Summary)) Option {
	return func(s *Settings) {
		s.onEnd = append(s.onEnd, f)
		s.want(f != nil, "WithOnEnd", "nil", "a function")
	}
}
