// Command serve runs the example server on localhost:8080, over the tables of the database that DATABASE_URL names.
//
//	DATABASE_URL=postgres://localhost/postgres go run ./examples/httpndjson/serve
//	curl -N 'localhost:8080/table?schema=pg_catalog'
package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/examples/httpndjson"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, logger); err != nil {
		logger.Error("stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, logger *slog.Logger) error {
	cfg, err := conn.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	cfg.Logger = logger
	handler := &httpndjson.Handler{
		Pool: httpndjson.NewPool(cfg, 8),
		Entities: map[string]httpndjson.Entity{"table": {
			View:    "(SELECT to_jsonb(t) AS data FROM pg_catalog.pg_tables AS t) AS v_table",
			Filters: map[string]string{"schema": "data->>'schemaname' = %s", "owner": "data->>'tableowner' = %s"},
			OrderBy: "data->>'tablename'",
		}},
		Logger: logger,
		// A client that reads slowly waits for nobody but itself; a server that says nothing for a minute is given up.
		Options: []stream.Option{stream.WithStallTimeout(time.Minute), stream.WithFirstRowTimeout(time.Minute)},
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{entity}", handler)
	mux.Handle("GET /metrics", wiremetrics.Handler())
	server := &http.Server{Addr: "localhost:8080", Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	closing, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	return handler.Pool.Close(closing)
}
