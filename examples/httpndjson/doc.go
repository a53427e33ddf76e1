// Package httpndjson is an example of a thin layer above the library: it serves entities, JSON views of a database, over
// HTTP as NDJSON.
//
//	GET /user?country=FR      one document a line, as the server makes them
//
// What it shows:
//
//   - A connection runs one query at a time, so each request is lent one by a pool, which has it back when the stream ends.
//   - Filters come from the URL. Their values travel beside the statement as arguments, never inside it.
//   - Rows leave as they come: what has arrived is written and flushed before the server is waited for.
//   - A client that reads slowly slows the database down, and nothing piles up in between.
//   - A client that goes away ends the request's context; the query is cancelled on the server, and the connection is
//     ready for the next request.
//
// The program in serve runs it.
package httpndjson
