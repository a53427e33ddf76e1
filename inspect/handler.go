// Package inspect shows what runs now: a page of the process's streams and of its pools, for operators.
//
//	mux.Handle("/debug/fraiseql", inspect.Handler([]*pool.Pool{p}))
//
// For each stream it says for whom it waits: the server, the consumer, the end of a pause, or room under a memory limit. It
// shows statements, and never arguments. The page is one file without libraries, whose script asks for the JSON form, which is there
// for everybody who accepts application/json, and asks again every two seconds.
//
// The page is for operators, not for the public: statements and pool names stand in it. Serve it where /debug/pprof is served.
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

// Option changes what a handler does.
type Option func(*handler)

// AllowCancel lets a form of the page cancel a stream. Only requests of the page's own origin are obeyed.
func AllowCancel() Option { return func(h *handler) { h.allowCancel = true } }

// Handler serves the page for all streams of the process, and for these pools. It is for any goroutine.
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

// ServeHTTP answers GET and HEAD with the page, and POST, where it is allowed, by cancelling a stream.
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

// page is the same for everybody: its script asks for the JSON form and draws it.
//
//go:embed page.html
var page []byte

// contentPolicy: whatever gets into the page, nothing of it comes from elsewhere or goes there.
const contentPolicy = "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"

func (h *handler) show(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	if wantsJSON(r) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(h.report()) // the client went away
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", contentPolicy)
	_, _ = w.Write(page)
}

// wantsJSON says that JSON is asked for by name: a browser asks for text/html.
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
		http.Error(w, "this form works from its own page alone", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	id, err := strconv.ParseUint(r.PostFormValue("id"), 10, 64)
	if err != nil {
		http.Error(w, "want the number of a stream as id", http.StatusBadRequest)
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
