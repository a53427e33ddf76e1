package main

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/fraiseql/fraiseql-wire-go/otelwire"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// defaultMaxConns is for a DATABASE_URL without pool_max_conns.
const defaultMaxConns = 10

// openPool makes the pool. It does not connect yet: /readyz detects a server that is down.
func openPool(ctx context.Context, cfg config, tracer trace.TracerProvider, logger *slog.Logger) (*pool.Pool, error) {
	c := *cfg.pool
	c.Conn = c.Conn.Clone()
	if c.MaxConns == 0 {
		c.MaxConns = defaultMaxConns
	}
	// One connection is reserved for /readyz, which would otherwise report that the database is down when clients
	// merely read slowly.
	c.MaxStreams = max(1, c.MaxConns-1)
	c.AcquireTimeout = cfg.acquireTimeout
	c.WarnAfter = 10 * time.Minute
	c.Logger, c.Conn.Logger = logger, logger
	c.Conn.Tracer = otelwire.New(otelwire.WithTracerProvider(tracer))
	return pool.New(ctx, &c)
}
