package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// alive answers /healthz: the process runs. It does not look at the database, because a process that is restarted does
// not mend one.
func alive(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alive\n") }

// readiness answers /readyz: requests can be served.
type readiness struct {
	pool     *pool.Pool
	timeout  time.Duration
	draining atomic.Bool
	logger   *slog.Logger

	mu   sync.Mutex
	last string // why not, when last asked
}

func (h *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reason, err := h.look(r.Context())
	h.note(reason, err)
	if reason != "" {
		refusal{http.StatusServiceUnavailable, reason}.write(w)
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

// look says why no requests can be served, or "". The error is for the log.
func (h *readiness) look(ctx context.Context) (reason string, err error) {
	if h.draining.Load() {
		return "draining", nil
	}
	// Open, the breaker refuses new connections without trying; half open, the ping is the try.
	if h.pool.Stats().Breaker == pool.BreakerOpen {
		return "the database does not answer", nil
	}
	ctx, stop := context.WithTimeout(ctx, h.timeout)
	defer stop()
	if err := h.pool.Ping(ctx); err != nil {
		return "the database does not answer", err
	}
	return "", nil
}

// note logs changes: probes come every few seconds.
func (h *readiness) note(reason string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if reason == h.last {
		return
	}
	h.last = reason
	if reason == "" {
		h.logger.Info("ready")
		return
	}
	h.logger.Warn("not ready", "reason", reason, "error", err)
}
