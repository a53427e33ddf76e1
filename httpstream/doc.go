// Package httpstream answers HTTP requests with streams: as NDJSON, as a JSON array, or as server-sent events.
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
// The status goes out with the first row, or with the end: whatever fails before has a status of its own, and a body of
// type application/problem+json (RFC 9457). Rows leave as they come; what has arrived is written at once and flushed
// before the server is waited for. Behind the rows come the trailers X-Rows and X-Stream-Status (success, error or
// cancelled) where the protocol has trailers.
//
// When the stream fails behind its first row the status has gone. Then the connection is broken off, so that no client
// takes half an answer for a whole one; or, with Tell, a last line or event says what happened.
//
// # What the database sees
//
// A client that reads slowly slows the database down: nothing piles up in between. A client that goes away ends the
// context of its request, and the query is cancelled on the server. One that neither reads nor goes away holds its query
// until http.Server.WriteTimeout.
//
// # Middleware
//
// Flushing and breaking off go through http.ResponseController, so a middleware that wraps the http.ResponseWriter
// has to offer Unwrap. Behind one that cannot flush, such as http.TimeoutHandler, rows leave when it lets them.
package httpstream
