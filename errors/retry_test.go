package errors_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// attempts returns the error of a failed connect as the library builds it.
func attempts(errs ...error) error {
	wrapped := make([]error, len(errs))
	for i, err := range errs {
		wrapped[i] = &werr.OpError{Op: fmt.Sprintf("db%d:5432", i), Err: err}
	}
	return &werr.ConnectError{Attempts: wrapped}
}

func fatal(code string) error {
	return &werr.ServerError{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: code}
}

func TestSafeToRetry(t *testing.T) {
	t.Parallel()
	for _, tt := range retryTests {
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

func unsent(err error) error { return &werr.OpError{Op: "query", Err: err, Unsent: true} }

var wrongPassword = fatal("28P01")

var retryTests = []struct {
	name string
	err  error
	want bool
}{
	{"none", nil, false},

	{"busy", werr.ErrConnectionBusy, true},
	{"an idle connection found dead", unsent(io.EOF), true},
	{"an idle connection that the server ended", unsent(fatal("57P01")), true},
	{"a closed connection", unsent(werr.ErrConnectionClosed), true},
	{"a context that had ended", unsent(context.Canceled), true},

	{"no server", attempts(errors.New("connection refused")), true},
	{"no server at two addresses", attempts(errors.New("connection refused"), io.EOF), true},
	{"no answer", attempts(&werr.TimeoutError{Phase: "connect"}), true},
	{"a full server", attempts(fatal("53300")), true},
	{"a server that is starting", attempts(fatal("57P03")), true},
	{"one down, one full", attempts(io.EOF, fatal("53300")), true},
	{"encrypted, then plain", attempts(attempts(fatal("53300"), fatal("57P03"))), true},

	{"wrong password", attempts(wrongPassword), false},
	{"one full, one with another password", attempts(fatal("53300"), wrongPassword), false},
	{"encrypted full, plain refused", attempts(attempts(fatal("53300"), wrongPassword)), false},
	{"one down, one with another password", attempts(io.EOF, wrongPassword), false},
	{"no such database", attempts(fatal("3D000")), false},
	{"refused by pg_hba.conf", attempts(fatal("28000")), false},
	{"refused by a pooler", attempts(fatal("08P01")), false},
	{"shut down during the login", attempts(fatal("57P01")), false},
	{"no password", attempts(&werr.AuthenticationError{}), false},
	{"a certificate that does not verify", attempts(&werr.TLSError{Err: x509.UnknownAuthorityError{}}), false},
	{"no encryption", attempts(&werr.TLSError{}), false},
	{"a key file that others can read", attempts(&werr.ConfigError{}), false},
	{"a web server", attempts(&werr.ProtocolError{}), false},
	{"no host", attempts(), false},

	{"wrong setting", &werr.ConfigError{}, false},
	{"wrong argument", &werr.UsageError{}, false},
	{"wrong argument, nothing sent", unsent(&werr.UsageError{}), false},
	{"schema", &werr.SchemaError{}, false},

	{"serialization failure", server("40001"), true},
	{"deadlock", server("40P01"), true},
	{"without an untranslated severity", &werr.ServerError{Severity: "ERROR", Code: "40001"}, true},
	{"translated", &werr.ServerError{Severity: "FEHLER", SeverityUnlocalized: "ERROR", Code: "40001"}, true},
	{"serialization failure that ends the session", fatal("40001"), false},
	{"a warning", &werr.ServerError{Severity: "WARNING", Code: "40001"}, false},
	{"serialization failure after rows", &werr.ServerError{Severity: "ERROR", Code: "40001", AfterRows: true}, false},
	{"serialization failure of a CALL", &werr.ServerError{Severity: "ERROR", Code: "40001", MayHaveCommitted: true}, false},
	{"full during a query", server("53300"), false},
	{"starting up during a query", fatal("57P03"), false},
	{"shut down", fatal("57P01"), false},
	{"crash", fatal("57P02"), false},
	{"connection exception", server("08006"), false},
	{"query_timeout of a pooler", fatal("08P01"), false},
	{"syntax", server("42601"), false},

	{"sent, then lost", &werr.OpError{Op: "read", Err: io.EOF}, false},
	{"sent in part", &werr.OpError{Op: "write", Err: io.EOF}, false},
	{"lost", io.ErrUnexpectedEOF, false},
	{"protocol", &werr.ProtocolError{}, false},
	{"stall", &werr.TimeoutError{Phase: "stall"}, false},
	{"cancelled", werr.ErrCancelled, false},
	{"cancelled without effect", &werr.CancellationTimeoutError{}, false},
	{"memory", &werr.MemoryLimitExceededError{}, false},
	{"decode", &werr.DecodeError{}, false},
}
