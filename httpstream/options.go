package httpstream

import "encoding/json"

// Options determine how a response is written. The zero value is a good choice.
type Options struct {
	// Format is the format of the rows. If it is 0, Negotiate chooses it.
	Format Format
	// MaxRows bounds the number of rows in a response; 0: no bound. If there are more rows, the response ends after
	// MaxRows rows and has the trailer X-Has-More: true, and with SSE an event has-more.
	MaxRows uint64
	// OnFailure determines what happens if the stream fails after its first row.
	OnFailure Failure
	// Detail returns the text that describes an error to the client. By default it is the category of the error, and
	// the server's message only for SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation).
	Detail func(error) string
	// Cursor returns the position of a row, as query.Select.Cursor does. With SSE it is called for each row, and the
	// cursor is the id of the row's event; a browser that reconnects sends the last one as Last-Event-ID. In the other
	// formats it is called only for row number MaxRows. If MaxRows has cut the result off, the trailer X-Next-Cursor
	// has the cursor of the last row, in every format.
	Cursor func(row json.RawMessage) (string, error)
}

// Failure is what happens if a stream fails after its first row, when the status has already been sent.
type Failure uint8

const (
	// Abort breaks the connection, or resets the HTTP/2 stream, so that no client takes a partial response for a
	// complete one. A client of HTTP/1.0 cannot tell the difference, because there the end of the connection is the end
	// of the response.
	Abort Failure = iota
	// Tell ends the response with a line {"error": problem} in NDJSON, and with an event error in SSE. An array cannot
	// contain the error, and is aborted.
	Tell
)
