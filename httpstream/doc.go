// Package httpstream answers HTTP requests with the rows of a stream: as NDJSON, as a JSON array, or as server-sent
// events.
//
//	func list(w http.ResponseWriter, r *http.Request) {
//		s, err := p.Query(r.Context(), "SELECT data FROM v_user ORDER BY data->>'name'")
//		if err != nil {
//			httpstream.Error(w, r, err, httpstream.Options{})
//			return
//		}
//		if err := httpstream.Serve(w, r, s, httpstream.Options{}); err != nil {
//			log.Print(err)
//		}
//	}
//
// # What the client sees
//
// The status is sent with the first row, or with the end of an empty result. If the query fails before that, the
// response has the status for the error, and a body of type application/problem+json (RFC 9457). Rows are sent as they
// arrive: everything that has arrived is written and flushed before the handler waits for the server. After the rows
// come the trailers X-Rows and X-Stream-Status (success, error or cancelled), if the protocol has trailers.
//
// If the stream fails after its first row, the status has already been sent. Then the response is aborted, so that no
// client takes a partial response for a complete one; or, with Tell, a last line or event contains the error.
//
// # What the database sees
//
// A client that reads slowly slows the database down: nothing accumulates in between. When a client disconnects, the
// context of its request ends, and the query is cancelled on the server. A client that neither reads nor disconnects
// keeps its query running until http.Server.WriteTimeout.
//
// # Middleware
//
// Flushing and aborting use http.ResponseController, so a middleware that wraps the http.ResponseWriter must implement
// Unwrap. With one that cannot flush, such as http.TimeoutHandler, rows are sent when the middleware sends them.
package httpstream
