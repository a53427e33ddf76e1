// Package rowsecurity is an HTTP handler that answers for many tenants over one connection. The database decides who sees
// what, by row level security: setup.sql makes its table and its policy.
package rowsecurity

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Runner is what the handler needs of a connection, or of a pool of them.
type Runner interface {
	Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error)
}

// Invoices answers GET with the invoices of the tenant that sends the request. Tenant says which that is, from something
// the client cannot choose: a verified token, a client certificate. With one connection as its Runner it is for one
// request at a time.
type Invoices struct {
	Runner Runner
	Tenant func(*http.Request) (string, bool)
}

const invoices = `SELECT jsonb_build_object('id', id, 'amount', amount) AS data FROM invoice ORDER BY id`

// ServeHTTP streams NDJSON. Nothing in the statement says whose rows these are; the policy does.
func (h *Invoices) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tenant, ok := h.Tenant(r)
	if !ok {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	s, err := h.Runner.Query(r.Context(), invoices,
		stream.WithReadOnly(),
		stream.WithRole("invoice_reader"),
		stream.WithSetting("app.tenant", tenant),
		stream.WithStatementTimeout(5*time.Second))
	if err != nil {
		slog.Error("invoices", "error", err)
		http.Error(w, "the invoices cannot be read now", http.StatusInternalServerError)
		return
	}
	defer s.Close()
	w.Header().Set("Content-Type", "application/x-ndjson")
	if _, err := s.WriteTo(w); err != nil {
		slog.Error("invoices", "error", err)
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
}
