// Command server serves views of a PostgreSQL database over HTTP, to each tenant its own rows: as NDJSON, JSON arrays
// or server-sent events, filtered, ordered and in pages, according to the URL. It shows how a production program can
// use this library.
//
//	DATABASE_URL=postgres://... server -tokens tokens.txt
//	curl -H 'Authorization: Bearer acme-key' 'localhost:8080/invoice?limit=5'
//
// `make demo-server` starts it with sample data.
//
//	main.go      the process: settings, signals, exit code
//	config.go    settings, from flags and the environment
//	server.go    two listeners and a pool
//	drain.go     how they end
//	pool.go      connections
//	views.go     the views: a schema for each
//	request.go   from URL parameters to a statement; fields.go: to a smaller document
//	identity.go  the clients, and what the database is told about them
//	answer.go    the handler: statement in, rows out, failures logged once
//	refuse.go    what a client is told about a failure
//	guard.go     limits for every request
//	health.go    /healthz and /readyz
//	trace.go     spans, sent to an OpenTelemetry collector
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	cfg, err := readConfig(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		logger.Error("not started", "error", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := serve(ctx, cfg, logger); err != nil {
		logger.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// serve runs the server until ctx ends, and then drains it.
func serve(ctx context.Context, cfg config, logger *slog.Logger) error {
	tracer, flush, err := tracing(ctx)
	if err != nil {
		return err
	}
	defer flush()
	s, err := start(ctx, cfg, tracer, logger)
	if err != nil {
		return err
	}
	return s.run(ctx)
}
