package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/fraiseql/fraiseql-wire-go/inspect"
	wiremetrics "github.com/fraiseql/fraiseql-wire-go/metrics"
	"github.com/fraiseql/fraiseql-wire-go/pool"
)

const (
	maxHeaderBytes = 16 << 10 // of a request; filters are in its URL
	idleTimeout    = 2 * time.Minute
)

// server is a pool and two listeners: one for clients, one for operators.
type server struct {
	cfg            config
	logger         *slog.Logger
	pool           *pool.Pool
	ready          *readiness
	public, admin  *http.Server
	clients, staff net.Listener                         // staff is nil if no address was given
	cancel         context.CancelCauseFunc              // ends every request of public
	after          func(time.Duration) <-chan time.Time // time.After, or a replacement in tests
}

// start listens, but does not serve until run. It fails for invalid settings and for addresses in use, but not if the
// database is down.
func start(ctx context.Context, cfg config, tracer trace.TracerProvider, logger *slog.Logger) (*server, error) {
	p, err := openPool(ctx, cfg, tracer, logger)
	if err != nil {
		return nil, err
	}
	s := &server{cfg: cfg, logger: logger, pool: p, after: time.After}
	s.ready = &readiness{pool: p, timeout: cfg.readyTimeout, logger: logger}
	requests, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.public, s.admin = s.newHTTP(s.publicRoutes(tracer)), s.newHTTP(s.adminRoutes())
	s.public.BaseContext = func(net.Listener) context.Context { return requests }
	if s.clients, err = net.Listen("tcp", cfg.listen); err == nil && cfg.adminListen != "" {
		s.staff, err = net.Listen("tcp", cfg.adminListen)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	logger.Info("listening", "address", s.clients.Addr().String(), "admin", address(s.staff))
	return s, nil
}

// newHTTP returns a server with the limits that net/http does not set by default.
func (s *server) newHTTP(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: s.cfg.readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
}

func (s *server) publicRoutes(tracer trace.TracerProvider) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{view}", traced(&answerer{cfg: s.cfg, pool: s.pool, logger: s.logger}, tracer))
	s.healthRoutes(mux) // for a gateway that knows only this address
	return &guard{next: mux, writeTimeout: s.cfg.writeTimeout, logger: s.logger}
}

// adminRoutes returns the routes that show statements and counts, which are not for the public.
func (s *server) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", wiremetrics.Handler())
	mux.Handle("GET /debug/fraiseql", inspect.Handler([]*pool.Pool{s.pool}))
	s.healthRoutes(mux)
	return &guard{next: mux, writeTimeout: s.cfg.writeTimeout, logger: s.logger}
}

func (s *server) healthRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", alive)
	mux.Handle("GET /readyz", s.ready)
}

// run serves until ctx ends, and then drains.
func (s *server) run(ctx context.Context) error {
	failed := make(chan error, 2)
	go func() { failed <- s.public.Serve(s.clients) }()
	if s.staff != nil {
		go func() { failed <- s.admin.Serve(s.staff) }()
	}
	select {
	case err := <-failed:
		s.close()
		return err
	case <-ctx.Done():
		s.drain()
		return nil
	}
}

func address(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}
