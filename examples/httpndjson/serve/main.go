// Command serve runs the example server on localhost:8080, over the tables of the database that DATABASE_URL names.
//
//	DATABASE_URL=postgres://localhost/postgres go run ./examples/httpndjson/serve
//	curl -N 'localhost:8080/table?schema=pg_catalog'
//
// What runs now is shown by http://localhost:8080/debug/fraiseql.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/examples/httpndjson"
	"github.com/fraiseql/fraiseql-wire-go/inspect"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/pool"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// drain is what the requests under way have left when the program is told to end. With the time that cancelling their
// queries takes, it has to be below the grace period of whoever kills the program.
const drain = 15 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, logger); err != nil {
		logger.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, logger *slog.Logger) error {
	p, err := open(ctx, logger)
	if err != nil {
		return err
	}
	server := &http.Server{Addr: "localhost:8080", Handler: routes(p, logger), ReadHeaderTimeout: 10 * time.Second}
	drained := make(chan error, 1)
	context.AfterFunc(ctx, func() { drained <- shutdown(server, p) })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, p.Close(ctx))
	}
	return <-drained
}

func open(ctx context.Context, logger *slog.Logger) (*pool.Pool, error) {
	cfg, err := pool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return nil, err
	}
	cfg.Conn.Logger, cfg.Logger = logger, logger
	cfg.AcquireTimeout = 5 * time.Second // then the client is told to come back later
	cfg.WarnAfter = 10 * time.Minute
	return pool.New(ctx, cfg)
}

func routes(p *pool.Pool, logger *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{entity}", &httpndjson.Handler{
		Pool: p,
		Entities: map[string]httpndjson.Entity{"table": {
			View:    "(SELECT to_jsonb(t) AS data FROM pg_catalog.pg_tables AS t) AS v_table",
			Filters: map[string]string{"schema": "data->>'schemaname' = %s", "owner": "data->>'tableowner' = %s"},
			OrderBy: "data->>'tablename'",
		}},
		Logger: logger,
		// A client that reads slowly waits for nobody but itself; a server that says nothing for a minute is given up.
		Options: []stream.Option{stream.WithStallTimeout(time.Minute), stream.WithFirstRowTimeout(time.Minute)},
	})
	// A program that is reached from outside serves these two on another address.
	mux.Handle("GET /metrics", wiremetrics.Handler())
	mux.Handle("GET /debug/fraiseql", inspect.Handler([]*pool.Pool{p}))
	return mux
}

// shutdown takes no more requests and waits for those under way. When the time is up, their queries are cancelled on the
// server.
func shutdown(server *http.Server, p *pool.Pool) error {
	ctx, stop := context.WithTimeout(context.Background(), drain)
	defer stop()
	return errors.Join(server.Shutdown(ctx), p.Close(ctx))
}
