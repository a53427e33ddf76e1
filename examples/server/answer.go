package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"go.opentelemetry.io/otel/trace"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// answerer serves each view under its name.
type answerer struct {
	cfg    config
	pool   *pool.Pool
	logger *slog.Logger
}

// question is a request that has been parsed and checked.
type question struct {
	id     identity
	view   string
	format httpstream.Format
	page   page
}

// ServeHTTP streams the rows that the request asks for.
func (a *answerer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept, Authorization")
	q, err := a.understand(r)
	if err == nil {
		err = a.stream(w, r, q)
	} else {
		refuse(w, r, err)
	}
	if err != nil {
		a.log(r, q, err)
	}
}

// understand detects everything that is wrong with a request before the database is used for it. The fields that are
// known by then are returned with the error.
func (a *answerer) understand(r *http.Request) (q question, err error) {
	if !r.ProtoAtLeast(1, 1) { // HTTP/1.0 ends an incomplete answer like a complete one
		return q, refusal{http.StatusHTTPVersionNotSupported, "use HTTP/1.1"}
	}
	var ok bool
	if q.id, ok = a.cfg.keys.identify(r); !ok {
		return q, refusal{http.StatusUnauthorized, "a bearer token is needed"}
	}
	v, ok := a.cfg.views[r.PathValue("view")]
	if !ok {
		return q, refusal{http.StatusNotFound, "there is no such view"}
	}
	q.view = r.PathValue("view")
	if q.format, ok = httpstream.Negotiate(r); !ok {
		return q, refusal{http.StatusNotAcceptable, "views are available as application/x-ndjson, application/json or text/event-stream"}
	}
	q.page, err = readPage(r, v, a.cfg.maxRows, q.format == httpstream.SSE)
	return q, err
}

// stream answers with the rows of the query. The error is for the log: the client has already been informed.
func (a *answerer) stream(w http.ResponseWriter, r *http.Request, q question) error {
	s, err := a.open(r.Context(), q)
	if err != nil {
		refuse(w, r, err)
		return err
	}
	// Serve closes s, which returns the connection to the pool.
	return httpstream.Serve(w, r, s, httpstream.Options{Format: q.format, MaxRows: q.page.limit, Cursor: q.page.Cursor})
}

// open runs the query and waits for its first row or the end: until then a failure can still be reported by a status.
func (a *answerer) open(ctx context.Context, q question) (*stream.Stream, error) {
	options := append(q.id.claims(a.cfg.role),
		stream.WithEntity(q.view),
		stream.WithStatementTimeout(a.cfg.statementTimeout),
		stream.WithFirstRowTimeout(a.cfg.silence),
		stream.WithStallTimeout(a.cfg.silence))
	s, err := q.page.Run(ctx, a.pool, options...)
	if err != nil {
		return nil, err
	}
	if _, some := s.Peek(); !some && s.Err() != nil {
		defer s.Close()
		return nil, s.Err()
	}
	return s, nil
}

// log writes the single line for a request that failed. What a client causes is not an error of this program.
func (a *answerer) log(r *http.Request, q question, err error) {
	level := slog.LevelError
	var refused refusal
	switch {
	case errors.Is(context.Cause(r.Context()), errDrained):
		level, err = slog.LevelWarn, fmt.Errorf("%w: %w", errDrained, err)
	case r.Context().Err() != nil, errors.Is(err, httpstream.ErrClient), errors.As(err, &refused),
		httpstream.StatusOf(err) < http.StatusInternalServerError:
		level = slog.LevelInfo
	}
	record := []slog.Attr{
		slog.String("view", q.view), slog.String("tenant", q.id.tenant), slog.String("user", q.id.name),
		slog.String("category", string(werr.CategoryOf(err))), slog.Any("error", err),
	}
	if span := trace.SpanContextFromContext(r.Context()); span.IsValid() {
		record = append(record, slog.String("trace", span.TraceID().String()))
	}
	a.logger.LogAttrs(r.Context(), level, "request failed", record...)
}
