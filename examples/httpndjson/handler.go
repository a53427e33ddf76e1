package httpndjson

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Handler serves each entity below its name.
type Handler struct {
	Pool     *pool.Pool
	Entities map[string]Entity
	Logger   *slog.Logger
	Options  []stream.Option // for every query: limits, timeouts
}

// ServeHTTP streams one entity.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("entity")
	entity, known := h.Entities[name]
	if !known {
		http.Error(w, "no such entity", http.StatusNotFound)
		return
	}
	sql, args, err := entity.query(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out := &flusher{w: w, control: http.NewResponseController(w)}
	err = h.stream(r.Context(), out, name, sql, args)
	switch {
	case err == nil:
	case r.Context().Err() != nil:
		h.Logger.Debug("client went away", "entity", name, "bytes", out.written)
	case out.written == 0:
		h.Logger.Error("query refused", "entity", name, "category", werr.CategoryOf(err), "error", err)
		http.Error(w, "the query failed", statusOf(err))
	default:
		// The status has been sent. Breaking the connection off is how the client learns that this is not all.
		h.Logger.Error("stream failed", "entity", name, "category", werr.CategoryOf(err), "error", err)
		panic(http.ErrAbortHandler)
	}
}

// stream writes the rows of one query. The pool lends a connection for it, and has it back when the stream has ended.
func (h *Handler) stream(ctx context.Context, out *flusher, entity, sql string, args []any) error {
	options := append([]stream.Option{stream.WithEntity(entity)}, h.Options...)
	s, err := h.Pool.QueryArgs(ctx, sql, args, options...)
	if err != nil {
		return err
	}
	_, err = s.WriteTo(out) // closes s: what is left of the query is cancelled and drained
	return err
}

// statusOf is the answer's status for a query that gave no row.
func statusOf(err error) int {
	var late interface{ Timeout() bool }
	var full *werr.PoolTimeoutError
	var open *werr.CircuitOpenError
	switch {
	case errors.As(err, &full), errors.As(err, &open), errors.Is(err, werr.ErrPoolClosed):
		return http.StatusServiceUnavailable
	case errors.As(err, &late) && late.Timeout():
		return http.StatusGatewayTimeout
	case werr.CategoryOf(err) == werr.CategoryConnect, werr.SafeToRetry(err):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// flusher sends every Write off at once. WriteTo gathers the rows that have arrived into one Write, so this costs nothing
// while rows come fast, and holds nothing back while they come slowly.
type flusher struct {
	w       http.ResponseWriter
	control *http.ResponseController
	written int64
}

func (f *flusher) Write(p []byte) (int, error) {
	if f.written == 0 {
		f.w.Header().Set("Content-Type", "application/x-ndjson")
		f.w.Header().Set("X-Content-Type-Options", "nosniff")
	}
	n, err := f.w.Write(p)
	f.written += int64(n)
	if err != nil {
		return n, err
	}
	return n, f.control.Flush()
}
