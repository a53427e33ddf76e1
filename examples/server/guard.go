package main

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// guard keeps requests that would cost too much away from next, and panics of next away from the process.
type guard struct {
	next         http.Handler
	writeTimeout time.Duration
	logger       *slog.Logger
}

// ServeHTTP lets next answer, with a writer that does not wait forever.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &boundedWriter{ResponseWriter: w, control: http.NewResponseController(w), timeout: g.writeTimeout}
	defer g.recover(out, r)
	if r.ContentLength != 0 && !g.admitBody(out, r) {
		return
	}
	g.next.ServeHTTP(out, r)
}

// admitBody refuses a body if next would answer, because no handler here reads one. Until a body has arrived,
// net/http waits for it, before an answer and after it, and does not notice that a client has disconnected, so the
// read deadline makes it stop waiting.
func (g *guard) admitBody(w *boundedWriter, r *http.Request) bool {
	w.Header().Set("Connection", "close")
	if err := w.control.SetReadDeadline(time.Now()); err != nil {
		panic(http.ErrAbortHandler)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return true // the answer is that the method is not allowed
	}
	g.logger.Info("request failed", "path", r.URL.Path, "error", "it has a body")
	refusal{http.StatusBadRequest, "a request must not have a body"}.write(w)
	return false
}

// recover logs a panic, and informs the client: by a status, or by aborting the answer.
func (g *guard) recover(w *boundedWriter, r *http.Request) {
	cause := recover()
	switch cause {
	case nil:
		return
	case http.ErrAbortHandler: // by httpstream, because the answer cannot be aborted in another way
		g.logger.Info("request failed", "path", r.URL.Path, "error", "the answer was aborted")
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

// boundedWriter sets a deadline for each write to a client. http.Server.WriteTimeout limits a whole answer, and so
// would end long streams that are read continuously.
type boundedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	began   bool // the status has been sent
}

func (w *boundedWriter) WriteHeader(status int) {
	w.began = true
	w.bound() // also for an answer without a body: the connection may have an old deadline
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

// bound sets the deadline of the next write, if the writer supports that: a middleware may have replaced it by one
// that does not.
func (w *boundedWriter) bound() { _ = w.control.SetWriteDeadline(time.Now().Add(w.timeout)) }
