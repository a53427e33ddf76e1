package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/inspect"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// serveMetrics serves /metrics, and at / the page of running streams, on addr until stop is called.
func serveMetrics(addr string, log io.Writer, pools ...*pool.Pool) (stop func(), err error) {
	l, err := net.Listen("tcp", addr)
	var malformed *net.AddrError
	switch {
	case errors.As(err, &malformed):
		return nil, usageError{fmt.Errorf("--metrics-listen %q: want host:port, such as localhost:9100", addr)}
	case err != nil:
		return nil, fmt.Errorf("--metrics-listen: %w; choose another address", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", wiremetrics.Handler())
	mux.Handle("GET /{$}", inspect.Handler(pools))
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = srv.Serve(l) }() // ended by stop, which makes Serve return an error
	fmt.Fprintf(log, "metrics on http://%s/metrics, running streams on http://%[1]s/\n", l.Addr())
	return func() { _ = srv.Close() }, nil
}

// words returns the words that a flag accepts, for an error text.
func words[T any](values map[string]T) string {
	return strings.Join(slices.Sorted(maps.Keys(values)), ", ")
}
