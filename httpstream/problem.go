package httpstream

import (
	"encoding/json"
	"errors"
	"net/http"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// errNotAcceptable is the error for a request that accepts none of the formats.
var errNotAcceptable error = &werr.UsageError{
	Detail: "the client accepts none of application/x-ndjson, application/json and text/event-stream",
}

// problem is an error in the form in which a client may see it (RFC 9457, section 3): without statement, arguments and
// host.
type problem struct {
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Category string `json:"category,omitempty"`
	Code     string `json:"code,omitempty"` // SQLSTATE
}

// Error answers with the status of err and a body of type application/problem+json. Call it before anything else has
// been written.
func Error(w http.ResponseWriter, r *http.Request, err error, o Options) {
	p := problemOf(err, o)
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Del("Content-Length") // of the response that is not sent
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", retryAfter(err))
	}
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(p.encode()) // fails only if the client has gone
	}
}

func problemOf(err error, o Options) problem {
	status := StatusOf(err)
	p := problem{Title: http.StatusText(status), Status: status, Category: string(werr.CategoryOf(err))}
	var refused *werr.ServerError
	if errors.As(err, &refused) {
		p.Code = refused.Code
	}
	if o.Detail != nil {
		p.Detail = o.Detail(err)
	} else {
		p.Detail = defaultDetail(err)
	}
	return p
}

// defaultDetail returns the server's message if it is about values that the client has sent, and the category
// otherwise.
func defaultDetail(err error) string {
	if errors.Is(err, errNotAcceptable) {
		return "this resource is available as application/x-ndjson, application/json or text/event-stream"
	}
	var refused *werr.ServerError
	if errors.As(err, &refused) && !noConnection(err) && !ofSetting(err) && statusOfCode(refused.Code) == http.StatusBadRequest {
		return refused.Message // SQLSTATE class 22 or 23
	}
	return string(werr.CategoryOf(err))
}

// encode returns the problem as JSON.
func (p problem) encode() []byte {
	text, err := json.Marshal(p)
	if err != nil {
		panic("BUG: httpstream: " + err.Error()) // impossible: it has only strings and a number
	}
	return text
}
