package errors_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Each text is one line that says what to do, and has the library's name once, at its beginning.
func TestTexts(t *testing.T) {
	t.Parallel()
	refused := &werr.ServerError{Severity: "FEHLER", SeverityUnlocalized: "ERROR", Code: "42P01",
		Message: "relation \"x\" does not exist", Hint: "look again"}
	tests := map[string]struct {
		err  error
		want string
	}{
		"server":            {refused, `fraiseql: server: ERROR: relation "x" does not exist (SQLSTATE 42P01); hint: look again`},
		"schema, none":      {&werr.SchemaError{}, "the statement returns no columns; want one column named data"},
		"schema, one":       {&werr.SchemaError{Columns: []string{"x"}, OID: 23}, `the result's column is "x" with type OID 23; want`},
		"schema, two":       {&werr.SchemaError{Columns: []string{"a", "b"}}, `2 columns, ["a" "b"]; want`},
		"memory":            {&werr.MemoryLimitExceededError{Limit: 10, Current: 12}, "memory limit of 10 bytes exceeded: the next row would make it 12"},
		"timeout":           {&werr.TimeoutError{Phase: "stall", After: time.Second}, "stall timeout: nothing came within 1s"},
		"cancel":            {&werr.CancellationTimeoutError{After: time.Second}, "within 1s; the connection was closed"},
		"decode":            {&werr.DecodeError{Row: 7, Type: "int", Err: io.ErrUnexpectedEOF}, "row 7 does not decode into int"},
		"protocol":          {&werr.ProtocolError{Message: 'D', State: "idle", Detail: "wrong"}, "protocol error in message 'D' while idle: wrong"},
		"connect":           {&werr.ConnectError{Attempts: []error{&werr.OpError{Op: "a:1", Err: refused}, io.EOF}}, "cannot connect: a:1: server: ERROR"},
		"connect, no host":  {&werr.ConnectError{}, "no host"},
		"tls":               {&werr.TLSError{Detail: "handshake failed", Err: io.EOF}, "tls: handshake failed: EOF"},
		"authentication":    {&werr.AuthenticationError{Mechanism: "md5", Detail: "no"}, "authentication with md5: no"},
		"configuration":     {&werr.ConfigError{Key: "sslmode", Detail: "want one of"}, "configuration: sslmode: want one of"},
		"configuration all": {&werr.ConfigError{Detail: "two"}, "configuration: two"},
		"usage":             {&werr.UsageError{Detail: "WithCapacity(0)"}, "WithCapacity(0)"},
		"step":              {&werr.OpError{Op: "query", Err: werr.ErrConnectionClosed}, "fraiseql: query: connection closed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := tt.err.Error()
			if !strings.HasPrefix(got, "fraiseql: ") || strings.Count(got, "fraiseql:") != 1 || !strings.Contains(got, tt.want) {
				t.Errorf("%q, want it to contain %q", got, tt.want)
			}
		})
	}
}

// Whatever a server writes, the text is one printable line of bounded length.
func TestServerTextIsEscaped(t *testing.T) {
	t.Parallel()
	for name, message := range map[string]string{
		"escape sequence": "\x1b]0;owned\x07",
		"lines":           "a\r\nb",
		"not UTF-8":       "a\xff\xfeb",
		"bidi":            "a\u202eb",
		"NUL":             "a\x00b",
		"long":            strings.Repeat("\x1b", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			got := (&werr.ServerError{Severity: "ERROR", Message: message}).Error()
			for _, r := range got {
				if r < ' ' || r == 0x7f || r == 0x202e || r == utf8.RuneError {
					t.Fatalf("%q has %q in it", got, r)
				}
			}
			if len(got) > 64<<10 {
				t.Errorf("%d bytes", len(got))
			}
		})
	}
	want := `fraiseql: server: ERROR: a\xffb\n\x1b`
	got := (&werr.ServerError{Severity: "ERROR", Message: "a\xffb\n\x1b"}).Error()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnwrap(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"decode":         &werr.DecodeError{Err: io.EOF},
		"cancel":         &werr.CancellationTimeoutError{Err: io.EOF},
		"connect":        &werr.ConnectError{Attempts: []error{io.ErrClosedPipe, io.EOF}},
		"tls":            &werr.TLSError{Err: io.EOF},
		"authentication": &werr.AuthenticationError{Err: io.EOF},
		"step":           &werr.OpError{Err: io.EOF},
	} {
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: the cause is not found in %v", name, err)
		}
	}
}
