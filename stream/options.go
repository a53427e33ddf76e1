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

// ReadAhead selects the goroutine that reads the socket.
type ReadAhead uint8

const (
	// ReadAheadAuto begins like ReadAheadNever; the stream starts and stops reading in the background as that helps.
	// The default.
	ReadAheadAuto ReadAhead = iota
	// ReadAheadAlways reads in a background goroutine from the start to the end of the query.
	ReadAheadAlways
	// ReadAheadNever reads only inside Next: there is no second goroutine to wake.
	ReadAheadNever
)

// MemoryPolicy selects what happens when rows would exceed a memory limit under ReadAheadAlways.
type MemoryPolicy uint8

const (
	// MemoryFail ends the stream with *errors.MemoryLimitExceededError after the rows already buffered. The default.
	MemoryFail MemoryPolicy = iota
	// MemoryWait stops reading until the consumer has taken rows.
	MemoryWait
)

// WithEntity sets the entity label of this query's metrics. Default: the name after FROM v_ or tv_.
func WithEntity(name string) Option { return func(s *Settings) { s.entity = name } }

// WithChunkRows fixes the number of rows that are handed over to the consumer in one step, and turns adaptive chunking
// off. A size above the capacity raises the capacity.
func WithChunkRows(n int) Option {
	return func(s *Settings) {
		s.chunkRows = n
		s.want(n >= 1 && n <= ring.MaxCapacity, "WithChunkRows", n, rowRange)
	}
}

// WithAdaptiveChunking sets the bounds within which the chunk size adapts to how full the buffer is. It is on by
// default, with the bounds of chunking.Config's zero value.
func WithAdaptiveChunking(c chunking.Config) Option {
	return func(s *Settings) { s.chunking = c }
}

// WithCapacity sets the number of rows that may be buffered, rounded up to a power of two; the default is 1024. A
// larger chunk size raises it.
func WithCapacity(rows int) Option {
	return func(s *Settings) {
		s.capacity = rows
		s.want(rows >= 1 && rows <= ring.MaxCapacity, "WithCapacity", rows, rowRange)
	}
}

// WithMaxMemory bounds the bytes of the rows that are buffered; 0, the default, means no bound but the capacity. A
// single row above the bound fails in every mode with *errors.MemoryLimitExceededError, before its body is read.
func WithMaxMemory(bytes int) Option { return func(s *Settings) { s.maxMemory = bytes } }

// WithMemoryPolicy sets what happens at the memory limit under ReadAheadAlways.
func WithMemoryPolicy(p MemoryPolicy) Option { return func(s *Settings) { s.memoryPolicy = p } }

// WithMemorySoftLimit logs a warning, once per crossing, when the buffered bytes exceed this fraction, in (0, 1], of
// WithMaxMemory.
func WithMemorySoftLimit(fraction float64) Option {
	return func(s *Settings) {
		s.softLimit = fraction
		s.want(fraction > 0 && fraction <= 1, "WithMemorySoftLimit", fraction, "a fraction above 0 and at most 1")
	}
}

// WithReadAhead selects the goroutine that reads the socket; the default is ReadAheadAuto.
func WithReadAhead(m ReadAhead) Option { return func(s *Settings) { s.readAhead = m } }

// WithPauseTimeout makes a pause end by itself after d; 0, the default, means never.
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
// When it passes, the query is cancelled, and Query or the stream fails with *errors.TimeoutError.
func WithFirstRowTimeout(d time.Duration) Option {
	return func(s *Settings) { s.firstRowTimeout = d }
}

// WithStallTimeout bounds the time for which the server may send nothing while the consumer waits for the next row; 0:
// none. It restarts with each byte received, stops during a pause, and does not run before the first row. When it
// passes, the query is cancelled, and the stream fails with *errors.TimeoutError. It does not bound the time between
// calls to Next.
func WithStallTimeout(d time.Duration) Option { return func(s *Settings) { s.stallTimeout = d } }

// WithBudget makes the stream share a memory budget with other streams.
func WithBudget(b *Budget) Option {
	return func(s *Settings) {
		s.budget = b
		s.want(b != nil, "WithBudget", "nil", "a budget made by NewBudget")
	}
}

// WithSimpleProtocol sends the statement in one simple Query message, for servers that support nothing else. Such a
// query has no arguments.
func WithSimpleProtocol() Option { return func(s *Settings) { s.simple = true } }

// WithUnmarshal sets the parser of Decode and Collect; the default is encoding/json's Unmarshal. f must neither retain
// nor modify its input, and its result must not refer to it. Other parsers are faster: gojson.Unmarshal, of
// goccy/go-json, takes a half to a tenth of the processor time, retains nothing of the row and needs no other module;
// sonic.Unmarshal, of bytedance/sonic, is as fast on amd64 and arm64, but accepts control characters and invalid UTF-8
// in strings, and its results keep a copy of the whole document in memory. docs/DECODING.md compares them.
func WithUnmarshal(f func([]byte, any) error) Option {
	return func(s *Settings) {
		s.unmarshal = f
		s.want(f != nil, "WithUnmarshal", "nil", "a function")
	}
}

// WithValidation makes Next check that each row is one JSON document in UTF-8 (RFC 8259). It is off by default, because
// the server has checked the column's type. An invalid row ends the stream with a *errors.DecodeError. Arrays and
// objects may be nested 1,048,576 levels deep, which is more than the server sends; up to that depth, whatever the
// server accepts is accepted.
func WithValidation() Option { return func(s *Settings) { s.validate = true } }

// WithOnEnd calls f once: when the stream has ended and its connection is idle or closed, or when Query has failed for
// any reason except an invalid option. If it is given several times, the functions are called in that order.
//
// f has been called when Next returns false at the end of the result, and when Close or Cancel returns, unless Cancel's
// own context ended first. After the end of the query's context, and after a limit or a timeout that ended the stream,
// f is called from another goroutine, once the server is done with the query. When Query fails, f is called before
// Query returns; if the context has ended, the connection may still be draining at that time.
//
// f must not block, and must not call Close or Cancel of its stream, which wait for f. It may call methods of the Conn.
func WithOnEnd(f func(Summary)) Option {
	return func(s *Settings) {
		s.onEnd = append(s.onEnd, f)
		s.want(f != nil, "WithOnEnd", "nil", "a function")
	}
}
