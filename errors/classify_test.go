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
		{"login refused", server("28P01"), werr.CategoryAuth},
		{"login failed here", &werr.AuthenticationError{}, werr.CategoryAuth},
		{"tls", &werr.TLSError{Err: io.EOF}, werr.CategoryTLS},
		{"certificate", x509.UnknownAuthorityError{}, werr.CategoryTLS},
		{"protocol", &werr.ProtocolError{}, werr.CategoryProtocol},
		{"server", server("42601"), werr.CategoryServer},
		{"deadline", context.DeadlineExceeded, werr.CategoryTimeout},
		{"network deadline", &net.OpError{Err: os.ErrDeadlineExceeded}, werr.CategoryTimeout},
		{"stall", &werr.TimeoutError{Phase: "stall"}, werr.CategoryTimeout},
		{"cancel in vain", &werr.CancellationTimeoutError{}, werr.CategoryTimeout},
		{"closed", werr.ErrConnectionClosed, werr.CategoryClosed},
		{"stream closed", werr.ErrStreamAlreadyClosed, werr.CategoryClosed},
		{"connect", &werr.ConnectError{Attempts: []error{errors.New("refused")}}, werr.CategoryConnect},
		{"connect, login", &werr.ConnectError{Attempts: []error{server("28000")}}, werr.CategoryAuth},
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

func TestSafeToRetry(t *testing.T) {
	t.Parallel()
	afterRows := server("40001")
	afterRows.AfterRows = true
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"none", nil, false},
		{"busy", werr.ErrConnectionBusy, true},
		{"nothing sent", &werr.OpError{Op: "query", Err: werr.ErrConnectionClosed, Unsent: true}, true},
		{"something sent", &werr.OpError{Op: "write", Err: io.EOF}, false},
		{"no connection", &werr.ConnectError{Attempts: []error{io.EOF}}, true},
		{"wrong setting", &werr.ConfigError{}, false},
		{"wrong argument, nothing sent", &werr.OpError{Err: &werr.UsageError{}, Unsent: true}, false},
		{"serialization", server("40001"), true},
		{"serialization, after rows", afterRows, false},
		{"deadlock", server("40P01"), true},
		{"full", server("53300"), true},
		{"shut down", server("57P01"), true},
		{"crash", server("57P02"), true},
		{"starting up", server("57P03"), true},
		{"database dropped", server("57P04"), false},
		{"connection exception", server("08006"), true},
		{"syntax", server("42601"), false},
		{"connection lost", io.ErrUnexpectedEOF, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := werr.SafeToRetry(tt.err); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
			if got := werr.SafeToRetry(fmt.Errorf("outer: %w", tt.err)); tt.err != nil && got != tt.want {
				t.Errorf("wrapped: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFromContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	if err := werr.FromContext(ctx); err != nil {
		t.Errorf("a context that goes on: %v", err)
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
