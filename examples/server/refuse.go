package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/httpstream"
)

// refusal is a request that is not served, for a reason unrelated to the database.
type refusal struct {
	status int
	detail string
}

func (e refusal) Error() string { return e.detail }

// refuse tells the client what is wrong with its request and, for an internal error, only its category.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(context.Cause(r.Context()), errDrained) {
		err = refusal{http.StatusServiceUnavailable, "the server is shutting down; another one may answer"}
	}
	var refused refusal
	if errors.As(err, &refused) {
		refused.write(w)
		return
	}
	var o httpstream.Options
	var wrong *werr.UsageError
	if errors.As(err, &wrong) {
		o.Detail = func(error) string { return wrong.Detail }
	}
	httpstream.Error(w, r, err, o)
}

// write answers with a problem (RFC 9457).
func (e refusal) write(w http.ResponseWriter) {
	body, _ := json.Marshal(map[string]any{"title": http.StatusText(e.status), "status": e.status, "detail": e.detail})
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch e.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(e.status)
	_, _ = w.Write(body) // the client may have disconnected
}
