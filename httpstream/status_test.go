package httpstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/httpstream"
)

func refused(code string) error {
	return &werr.ServerError{Severity: "ERROR", Code: code, Message: "the server's message",
		Detail: secret, Hint: secret, Where: secret, InternalQuery: secret, ConstraintName: secret}
}

func connectFailed(err error) error {
	return &werr.ConnectError{Attempts: []error{&werr.OpError{Op: "db.example (10.0.0.7:5432)", Err: err}}}
}

// secret is in every place of an error that may contain what no client may see.
const secret = "SELECT secret"

var statuses = []struct {
	name     string
	err      error
	status   int
	category werr.Category
	detail   string // if it is not the category
}{
	{"usage", &werr.UsageError{Detail: secret}, 400, werr.CategoryUsage, ""},
	{"an operand that the server rejects", fmt.Errorf("%w: %w", &werr.UsageError{Detail: secret}, refused("42601")), 400,
		werr.CategoryUsage, ""},
	{"data exception", refused("22P02"), 400, werr.CategoryServer, "the server's message"},
	{"integrity constraint violation", refused("23505"), 400, werr.CategoryServer, "the server's message"},
	{"a role that is not there", &werr.OpError{Op: "WithRole", Err: refused("22023")}, 500, werr.CategoryServer, ""},
	{"a setting that is not allowed", &werr.OpError{Op: `WithSetting("app.tenant")`, Err: refused("42501")}, 500, werr.CategoryServer, ""},
	{"insufficient privilege", refused("42501"), 403, werr.CategoryServer, ""},
	{"invalid authorization in a query", refused("28000"), 403, werr.CategoryServer, ""},
	{"undefined table", refused("42P01"), 404, werr.CategoryServer, ""},
	{"serialization failure", refused("40001"), 409, werr.CategoryServer, ""},
	{"deadlock", refused("40P01"), 500, werr.CategoryServer, ""},
	{"query canceled", refused("57014"), 504, werr.CategoryServer, ""},
	{"syntax error", refused("42601"), 500, werr.CategoryServer, ""},
	{"no SQLSTATE", refused(""), 500, werr.CategoryServer, ""},
	{"a short SQLSTATE", refused("2"), 500, werr.CategoryServer, ""},

	{"busy", &werr.OpError{Op: "query", Err: werr.ErrConnectionBusy, Unsent: true}, 503, werr.CategoryBusy, ""},
	{"connection closed", werr.ErrConnectionClosed, 503, werr.CategoryClosed, ""},
	{"no server", connectFailed(errors.New(secret)), 503, werr.CategoryConnect, ""},
	{"a connect that was late", connectFailed(context.DeadlineExceeded), 503, werr.CategoryTimeout, ""},
	{"TLS", connectFailed(&werr.TLSError{Detail: secret}), 503, werr.CategoryTLS, ""},
	{"our login failed", connectFailed(refused("28P01")), 503, werr.CategoryAuth, ""},
	{"our password is missing", &werr.AuthenticationError{Detail: secret}, 503, werr.CategoryAuth, ""},
	{"too many connections", connectFailed(refused("53300")), 503, werr.CategoryServer, ""},
	{"our startup parameter is wrong", connectFailed(refused("22023")), 503, werr.CategoryServer, ""},
	{"circuit open", &werr.CircuitOpenError{RetryAfter: time.Second, Err: connectFailed(errors.New(secret))}, 503, werr.CategoryConnect, ""},
	{"pool full", &werr.PoolTimeoutError{Waited: time.Second, InUse: 4, Max: 4}, 503, werr.CategoryTimeout, ""},
	{"pool closed", werr.ErrPoolClosed, 503, werr.CategoryClosed, ""},

	{"first row late", &werr.TimeoutError{}, 504, werr.CategoryTimeout, ""},
	{"deadline", &werr.OpError{Op: "stream", Err: context.DeadlineExceeded}, 504, werr.CategoryTimeout, ""},
	{"would not stop", &werr.CancellationTimeoutError{}, 504, werr.CategoryTimeout, ""},

	{"schema", &werr.SchemaError{}, 500, werr.CategorySchema, ""},
	{"memory", &werr.MemoryLimitExceededError{}, 500, werr.CategoryMemory, ""},
	{"decode", &werr.DecodeError{}, 500, werr.CategoryDecode, ""},
	{"configuration", &werr.ConfigError{Detail: secret}, 500, werr.CategoryConfig, ""},
	{"protocol", &werr.ProtocolError{Detail: secret}, 500, werr.CategoryProtocol, ""},
	{"cancelled", werr.ErrCancelled, 500, werr.CategoryCancelled, ""},
	{"network", &werr.OpError{Op: "read", Err: io.ErrUnexpectedEOF}, 500, werr.CategoryIO, ""},
	{"another's", errors.New(secret), 500, werr.CategoryIO, ""},
}

func TestStatusOf(t *testing.T) {
	seen := map[werr.Category]bool{}
	for _, tt := range statuses {
		seen[werr.CategoryOf(tt.err)] = true
		for _, err := range []error{tt.err, fmt.Errorf("list users: %w", tt.err)} {
			if got := httpstream.StatusOf(err); got != tt.status {
				t.Errorf("%s: %d, want %d", tt.name, got, tt.status)
			}
		}
	}
	for _, c := range []werr.Category{
		werr.CategoryConnect, werr.CategoryAuth, werr.CategoryConfig, werr.CategoryTLS, werr.CategoryProtocol, werr.CategoryServer,
		werr.CategorySchema, werr.CategoryBusy, werr.CategoryClosed, werr.CategoryCancelled, werr.CategoryTimeout, werr.CategoryMemory,
		werr.CategoryDecode, werr.CategoryIO, werr.CategoryUsage,
	} {
		if !seen[c] {
			t.Errorf("no error of category %s", c)
		}
	}
}

// A problem has the members of RFC 9457, the category and the SQLSTATE, and nothing else of the error.
func TestErrorBody(t *testing.T) {
	for _, tt := range statuses {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			w.Header().Set("Content-Length", "7")
			httpstream.Error(w, httptest.NewRequest("GET", "/", nil), tt.err, httpstream.Options{})
			if strings.Contains(w.Body.String(), secret) || strings.Contains(w.Body.String(), "10.0.0.7") {
				t.Errorf("the body contains the secret: %s", w.Body)
			}
			want := map[string]any{
				"title": http.StatusText(tt.status), "status": float64(tt.status), "category": string(tt.category), "detail": string(tt.category),
			}
			if tt.detail != "" {
				want["detail"] = tt.detail
			}
			var server *werr.ServerError
			if errors.As(tt.err, &server) && server.Code != "" {
				want["code"] = server.Code
			}
			var got map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			header := http.Header{
				"Content-Type": {"application/problem+json"}, "X-Content-Type-Options": {"nosniff"}, "Cache-Control": {"no-store"},
			}
			if tt.status == http.StatusServiceUnavailable {
				header.Set("Retry-After", "1")
			}
			if diff := cmp.Diff(header, w.Result().Header); w.Code != tt.status || diff != "" {
				t.Errorf("status %d, header (-want +got):\n%s", w.Code, diff)
			}
		})
	}
}

func TestErrorOfHead(t *testing.T) {
	w := httptest.NewRecorder()
	httpstream.Error(w, httptest.NewRequest("HEAD", "/", nil), refused("42P01"), httpstream.Options{})
	if w.Code != http.StatusNotFound || w.Body.Len() > 0 {
		t.Errorf("status %d with %q", w.Code, w.Body)
	}
}

func TestErrorDetail(t *testing.T) {
	w := httptest.NewRecorder()
	o := httpstream.Options{Detail: func(error) string { return "try \"later\"\n" }}
	httpstream.Error(w, httptest.NewRequest("GET", "/", nil), refused("22P02"), o)
	want := `{"title":"Bad Request","status":400,"detail":"try \"later\"\n","category":"server","code":"22P02"}`
	if diff := cmp.Diff(want, w.Body.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRetryAfter(t *testing.T) {
	for after, want := range map[time.Duration]string{
		0: "1", time.Millisecond: "1", time.Second: "1", time.Second + 1: "2", 30 * time.Second: "30",
	} {
		w := httptest.NewRecorder()
		err := fmt.Errorf("list: %w", &werr.CircuitOpenError{RetryAfter: after, Err: io.EOF})
		httpstream.Error(w, httptest.NewRequest("GET", "/", nil), err, httpstream.Options{})
		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("after %v: Retry-After %q, want %q", after, got, want)
		}
	}
}
