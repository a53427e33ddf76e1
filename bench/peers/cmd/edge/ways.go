package main

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/fraiseql/fraiseql-wire-go/httpstream"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// way is one way to respond to a request with the rows of a query.
type way struct {
	name string
	open func(ctx context.Context, p place) (handler http.HandlerFunc, closing func(), err error)
}

func ways() []way {
	return []way{
		{"WriteTo", ours(writeTo)},
		{"NDJSON", ours(format(httpstream.NDJSON))},
		{"array", ours(format(httpstream.Array))},
		{"SSE", ours(format(httpstream.SSE))},
		{"pgx", openPgx},
	}
}

// ours responds from a pool of this library.
func ours(answer func(p queryer, sql string) http.HandlerFunc) func(context.Context, place) (http.HandlerFunc, func(), error) {
	return func(ctx context.Context, at place) (http.HandlerFunc, func(), error) {
		cfg, err := pool.ParseConfig(at.dsn)
		if err != nil {
			return nil, nil, err
		}
		cfg.MaxConns, cfg.MaxStreams = maxConns, maxConns
		p, err := pool.New(ctx, cfg)
		if err != nil {
			return nil, nil, err
		}
		return answer(p, at.query.SQL), func() { _ = p.Close(ctx) }, nil
	}
}

// maxConns is enough for the slow readers.
const maxConns = 600

func format(f httpstream.Format) func(queryer, string) http.HandlerFunc {
	return func(p queryer, sql string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			s, err := p.Query(r.Context(), sql)
			if err != nil {
				httpstream.Error(w, r, err, httpstream.Options{})
				return
			}
			_ = httpstream.Serve(w, r, s, httpstream.Options{Format: f}) // the reader notices an incomplete response
		}
	}
}

// writeTo writes the rows directly to the socket, bypassing net/http: the lowest possible cost of serving them.
func writeTo(p queryer, sql string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer c.Close() //nolint:errcheck // the reader notices an incomplete response
		_, err = c.Write([]byte("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"))
		s, failed := p.Query(context.WithoutCancel(r.Context()), sql)
		if errors.Join(err, failed) != nil {
			return
		}
		_, _ = s.WriteTo(c.(*net.TCPConn)) // the reader notices an incomplete response
	}
}

// openPgx responds as programs with pgx do: each row is written to the http.ResponseWriter.
func openPgx(ctx context.Context, at place) (http.HandlerFunc, func(), error) {
	cfg, err := pgxpool.ParseConfig(at.dsn)
	if err != nil {
		return nil, nil, err
	}
	cfg.MaxConns = maxConns
	p, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	return func(w http.ResponseWriter, r *http.Request) {
		rows, err := p.Query(r.Context(), at.query.SQL)
		if err != nil {
			http.Error(w, "no rows", http.StatusServiceUnavailable)
			return
		}
		defer rows.Close()
		w.Header().Set("Content-Type", "application/x-ndjson")
		for rows.Next() {
			if _, err := w.Write(rows.RawValues()[0]); err != nil {
				return
			}
			if _, err := w.Write([]byte{'\n'}); err != nil {
				return
			}
		}
	}, p.Close, nil
}
