package main

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// guard keeps requests that would cost too much from next, and its panics from the process.
type guard struct {
	next         http.Handler
	writeTimeout time.Duration
	logger       *slog.Logger
}

// ServeHTTP lets next answer, with a writer that does not wait for ever.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &boundedWriter{ResponseWriter: w, control: http.NewResponseController(w), timeout: g.writeTimeout}
	defer g.recover(out, r)
	if r.ContentLength != 0 && !g.admitBody(out, r) {
		return
	}
	g.next.ServeHTTP(out, r)
}

// admitBody refuses bodies where next would answer: nothing here reads one. While one has not come, net/http waits for
// it, before an answer and after it, and does not see a client that goes away; so nobody waits for the rest of it.
func (g *guard) admitBody(w *boundedWriter, r *http.Request) bool {
	w.Header().Set("Connection", "close")
	if err := w.control.SetReadDeadline(time.Now()); err != nil {
		panic(http.ErrAbortHandler)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return true // it is told that the method is wrong
	}
	g.logger.Info("request failed", "path", r.URL.Path, "error", "it has a body")
	refusal{http.StatusBadRequest, "a request has no body here"}.write(w)
	return false
}

// recover logs a panic, and tells the client: by a status, or by an answer that is broken off.
func (g *guard) recover(w *boundedWriter, r *http.Request) {
	cause := recover()
	switch cause {
	case nil:
		return
	case http.ErrAbortHandler: // by httpstream, behind a writer that can be broken off in no other way
		g.logger.Info("request failed", "path", r.URL.Path, "error", "the answer was broken off")
	default:
		g.logger.LogAttrs(r.Context(), slog.LevelError, "panic",
			slog.String("path", r.URL.Path), slog.Any("panic", cause), slog.String("stack", string(debug.Stack())))
		if !w.began {
			refusal{http.StatusInternalServerError, "the request could not be served"}.write(w)
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// boundedWriter gives each write to a client its own time. http.Server.WriteTimeout bounds an answer as a whole, and
// so would end long streams that are read all the time.
type boundedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	began   bool // the status has been sent
}

func (w *boundedWriter) WriteHeader(status int) {
	w.began = true
	w.bound() // of an answer that is no more than its headers, too: the connection may be old
	w.ResponseWriter.WriteHeader(status)
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	w.began = true
	w.bound()
	return w.ResponseWriter.Write(p)
}

// FlushError is for http.ResponseController, as is Unwrap.
func (w *boundedWriter) FlushError() error {
	w.bound()
	return w.control.Flush()
}

func (w *boundedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bound gives the next write its time, where the writer can do that: whoever put another in between may have none.
func (w *boundedWriter) bound() { _ = w.control.SetWriteDeadline(time.Now().Add(w.timeout)) }
