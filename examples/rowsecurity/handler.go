// Package rowsecurity provides an HTTP handler that serves many tenants over one connection. The database restricts
// what each tenant sees, by row-level security: setup.sql creates the table and its policy.
package rowsecurity

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Runner is the part of a connection or a pool that the handler needs.
type Runner interface {
	Query(ctx context.Context, sql string, opts ...stream.Option) (*stream.Stream, error)
}

// Invoices answers GET with the invoices of the tenant that sends the request. Tenant determines the tenant, from
// something that the client cannot choose: a verified token, a client certificate. If Runner is a connection,
// Invoices can serve only one request at a time.
type Invoices struct {
	Runner Runner
	Tenant func(*http.Request) (string, bool)
}

const invoices = `SELECT jsonb_build_object('id', id, 'amount', amount) AS data FROM invoice ORDER BY id`

// ServeHTTP streams NDJSON. The statement does not restrict the rows to those of the tenant; the policy does.
func (h *Invoices) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tenant, ok := h.Tenant(r)
	if !ok {
		http.Error(w, "authentication is required", http.StatusUnauthorized)
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
		panic(http.ErrAbortHandler) // an incomplete answer must not look complete
	}
}
