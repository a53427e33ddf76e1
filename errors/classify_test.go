package errors_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

func server(code string) *werr.ServerError { return &werr.ServerError{Severity: "ERROR", Code: code} }

func TestCategoryOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want werr.Category
	}{
		{"none", nil, werr.CategoryNone},
		{"config", &werr.ConfigError{}, werr.CategoryConfig},
		{"usage", &werr.UsageError{}, werr.CategoryUsage},
		{"busy", werr.ErrConnectionBusy, werr.CategoryBusy},
		{"cancelled", werr.ErrCancelled, werr.CategoryCancelled},
		{"context cancelled", context.Canceled, werr.CategoryCancelled},
		{"schema", &werr.SchemaError{}, werr.CategorySchema},
		{"memory", &werr.MemoryLimitExceededError{}, werr.CategoryMemory},
		{"decode", &werr.DecodeError{Err: io.EOF}, werr.CategoryDecode},
		{"login refused", &werr.ConnectError{Attempts: []error{server("28P01")}}, werr.CategoryAuth},
		{"raised by a query", server("28P01"), werr.CategoryServer},
		{"login failed here", &werr.AuthenticationError{}, werr.CategoryAuth},
		{"tls", &werr.TLSError{Err: io.EOF}, werr.CategoryTLS},
		{"certificate", x509.UnknownAuthorityError{}, werr.CategoryTLS},
		{"protocol", &werr.ProtocolError{}, werr.CategoryProtocol},
		{"server", server("42601"), werr.CategoryServer},
		{"deadline", context.DeadlineExceeded, werr.CategoryTimeout},
		{"network deadline", &net.OpError{Err: os.ErrDeadlineExceeded}, werr.CategoryTimeout},
		{"stall", &werr.TimeoutError{Phase: "stall"}, werr.CategoryTimeout},
		{"cancel without effect", &werr.CancellationTimeoutError{}, werr.CategoryTimeout},
		{"closed", werr.ErrConnectionClosed, werr.CategoryClosed},
		{"stream closed", werr.ErrStreamAlreadyClosed, werr.CategoryClosed},
		{"connect", &werr.ConnectError{Attempts: []error{errors.New("refused")}}, werr.CategoryConnect},
		{"login refused by the second address", &werr.ConnectError{Attempts: []error{io.EOF, server("28000")}}, werr.CategoryAuth},
		{"login refused by a full server", &werr.ConnectError{Attempts: []error{server("53300")}}, werr.CategoryServer},
		{"connection lost", io.ErrUnexpectedEOF, werr.CategoryIO},
		{"anything else", errors.New("x"), werr.CategoryIO},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := werr.CategoryOf(tt.err); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if tt.err == nil {
				return
			}
			wrapped := fmt.Errorf("outer: %w", &werr.OpError{Op: "query", Err: errors.Join(errors.New("beside"), tt.err)})
			if got := werr.CategoryOf(wrapped); got != tt.want {
				t.Errorf("wrapped: %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFromContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := werr.FromContext(ctx); err != nil {
		t.Errorf("a context that has not ended: %v", err)
	}
	cancel(io.ErrClosedPipe)
	if err := werr.FromContext(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("cause not found in %v", err)
	}
	plain, stop := context.WithCancel(t.Context())
	stop()
	if diff := cmp.Diff("context canceled", werr.FromContext(plain).Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
