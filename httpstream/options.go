package httpstream

import "encoding/json"

// Options say how an answer is written. The zero value is a good choice.
type Options struct {
	// Format: 0 leaves the choice to the request, by Negotiate.
	Format Format
	// MaxRows bounds the rows of an answer. Behind them the answer ends, and where there are more rows it says so: by the
	// trailer X-Has-More: true, and under SSE by an event has-more. 0: none.
	MaxRows uint64
	// OnFailure is what happens when the stream fails behind its first row.
	OnFailure Failure
	// Detail is the text of a problem for the client. Default: the category of the error, and the server's message
	// for SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation) alone.
	Detail func(error) string
	// Cursor names the place of a row: query.Select.Cursor fits. Under SSE it is the id of the row's event, and a browser
	// that connects again sends the last one as Last-Event-ID. Where MaxRows has left rows out, the trailer X-Next-Cursor
	// has that of the last row, in every format; for no other row it is called then.
	Cursor func(row json.RawMessage) (string, error)
}

// Failure is what happens when a stream fails behind its first row, when the status has been sent.
type Failure uint8

const (
	// Abort breaks the connection off, or resets the stream of HTTP/2, so that no client takes half an answer for a
	// whole one. To HTTP/1.0, which ends answers in the same way, only a length would tell the difference.
	Abort Failure = iota
	// Tell ends the answer with a line {"error": problem} under NDJSON, and with an event error under SSE. An array has no
	// place for it, and is broken off.
	Tell
)
