// Package inspect serves a page for operators that shows the streams and pools of this process.
//
//	mux.Handle("/debug/fraiseql", inspect.Handler([]*pool.Pool{p}))
//
// For each stream it shows what the stream is waiting for: the server, the consumer, the end of a pause, or room under
// a memory limit. It shows statements, but never arguments. The page is one file without libraries. Its script requests
// the same URL as JSON, which any client gets that accepts application/json, and repeats the request every two seconds.
//
// The page is not for the public, because it contains statements and pool names. Serve it only where you would serve
// /debug/pprof.
package inspect

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Option configures a handler.
type Option func(*handler)

// AllowCancel adds a form to the page that cancels a stream. Only requests from the page's own origin are accepted.
func AllowCancel() Option { return func(h *handler) { h.allowCancel = true } }

// Handler returns a handler that serves the page for all streams of the process and for the given pools. It is safe for
// concurrent use.
func Handler(pools []*pool.Pool, options ...Option) http.Handler {
	h := &handler{pools: pools, origin: http.NewCrossOriginProtection()}
	for _, o := range options {
		o(h)
	}
	return h
}

type handler struct {
	pools       []*pool.Pool
	allowCancel bool
	origin      *http.CrossOriginProtection
}

// ServeHTTP answers GET and HEAD with the page, and POST, if allowed, by cancelling a stream.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		h.show(w, r)
	case r.Method == http.MethodPost && h.allowCancel:
		h.cancel(w, r)
	default:
		allow := "GET, HEAD"
		if h.allowCancel {
			allow += ", POST"
		}
		w.Header().Set("Allow", allow)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// page is the same for all requests: its script requests the JSON form and displays it.
//
//go:embed page.html
var page []byte

// contentPolicy prevents the page from loading anything from other origins or sending anything to them, whatever text
// gets into it.
const contentPolicy = "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"

func (h *handler) show(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	if wantsJSON(r) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(h.report()) // fails only if the client has gone
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", contentPolicy)
	_, _ = w.Write(page)
}

// wantsJSON reports whether the request asks for JSON explicitly: a browser asks for text/html.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

const (
	maxForm       = 4 << 10 // bytes of the form
	cancelTimeout = 5 * time.Second
)

// cancel ends one stream and shows the page again.
func (h *handler) cancel(w http.ResponseWriter, r *http.Request) {
	if err := h.origin.Check(r); err != nil {
		http.Error(w, "this form can only be submitted from its own page", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	id, err := strconv.ParseUint(r.PostFormValue("id"), 10, 64)
	if err != nil {
		http.Error(w, "id: want the ID of a stream", http.StatusBadRequest)
		return
	}
	ctx, stop := context.WithTimeout(r.Context(), cancelTimeout)
	defer stop()
	if err := stream.CancelRunning(ctx, id); err != nil && !errors.Is(err, werr.ErrStreamAlreadyClosed) {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, r.URL.RequestURI(), http.StatusSeeOther)
}
