package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/pool"
)

// alive answers /healthz: the process is running. It does not check the database, because restarting the process does
// not repair it.
func alive(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alive\n") }

// readiness answers /readyz: requests can be served. However often it is called, the database is checked at most once
// a second.
type readiness struct {
	pool     *pool.Pool
	timeout  time.Duration
	draining atomic.Bool
	logger   *slog.Logger

	mu     sync.Mutex // held during a check of the database
	asked  time.Time
	reason string // the result of the last check; empty: ready
}

const askAgain = time.Second

var errBreaker = errors.New("the pool's breaker is open")

func (h *readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if reason := h.reasonAgainst(r.Context()); reason != "" {
		refusal{http.StatusServiceUnavailable, reason}.write(w)
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

// reasonAgainst returns why no requests can be served, or "".
func (h *readiness) reasonAgainst(ctx context.Context) string {
	if h.draining.Load() {
		return "draining"
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.asked) < askAgain {
		return h.reason
	}
	before, err := h.reason, h.ask(ctx)
	h.asked, h.reason = time.Now(), ""
	if err != nil {
		h.reason = "the database does not answer"
	}
	if h.reason != before { // only changes, because there are probes every few seconds
		h.logger.Warn("readiness has changed", "ready", err == nil, "error", err)
	}
	return h.reason
}

// ask checks the database. If the breaker is half open, the ping is its probe.
func (h *readiness) ask(ctx context.Context) error {
	if h.pool.Stats().Breaker == pool.BreakerOpen {
		return errBreaker
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), h.timeout) // others wait for the same result
	defer stop()
	return h.pool.Ping(ctx)
}
