package stream_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// made returns the settings that the options result in: names and values, in the order in which they are set.
func made(t *testing.T, opts ...stream.Option) (all []string) {
	t.Helper()
	set, err := stream.Configure(opts...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range set.AppendSessionSettings(nil) {
		all = append(all, string(p))
	}
	if len(all) != 2*set.SessionSettings() {
		t.Errorf("%d settings have %d parameters", set.SessionSettings(), len(all))
	}
	return all
}

// Settings that the role must not be able to revert come before it; settings that need its privileges come after it.
func TestSettingsAreMadeInOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		opts []stream.Option
		want []string
	}{
		{"none", nil, nil},
		{"read only, role, timeout, the others as given",
			[]stream.Option{
				stream.WithSetting("b", "2"), stream.WithStatementTimeout(time.Second), stream.WithSetting("a", "1"),
				stream.WithRole("r"), stream.WithSetting("b", "3"), stream.WithReadOnly(),
			},
			[]string{"transaction_read_only", "on", "role", "r", "statement_timeout", "1000", "b", "2", "a", "1", "b", "3"}},
		{"the last role", []stream.Option{stream.WithRole("a"), stream.WithRole("b")}, []string{"role", "b"}},
		{"the last timeout",
			[]stream.Option{stream.WithStatementTimeout(-1), stream.WithStatementTimeout(time.Second)},
			[]string{"statement_timeout", "1000"}},
		{"read only twice", []stream.Option{stream.WithReadOnly(), stream.WithReadOnly()},
			[]string{"transaction_read_only", "on"}},
		{"an empty value", []stream.Option{stream.WithSetting("a.b", "")}, []string{"a.b", ""}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, made(t, tt.opts...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// Fractions of a millisecond are rounded up, because 0 means no timeout to PostgreSQL.
func TestStatementTimeoutIsRoundedUp(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		1:                               "1",
		100 * time.Microsecond:          "1",
		time.Millisecond:                "1",
		time.Millisecond + 1:            "2",
		1500 * time.Millisecond:         "1500",
		(1<<31 - 1) * time.Millisecond:  "2147483647",
		(1<<31-1)*time.Millisecond - 10: "2147483647",
	} {
		if got := made(t, stream.WithStatementTimeout(d)); got[1] != want {
			t.Errorf("%v is sent as %s, want %s", d, got[1], want)
		}
	}
}

func TestInvalidSettings(t *testing.T) {
	t.Parallel()
	setting := stream.WithSetting("app.tenant", "s3cret")
	tests := map[string]struct {
		opts []stream.Option
		want string
	}{
		"no name":              {[]stream.Option{stream.WithSetting("", "s3cret")}, "WithSetting: the setting has no name"},
		"NUL in the name":      {[]stream.Option{stream.WithSetting("a\x00b", "s3cret")}, "NUL"},
		"NUL in the value":     {[]stream.Option{stream.WithSetting("app.tenant", "s3cret\x00")}, `WithSetting("app.tenant")`},
		"value not UTF-8":      {[]stream.Option{stream.WithSetting("app.tenant", "s3cret\xff")}, "UTF-8"},
		"name not UTF-8":       {[]stream.Option{stream.WithSetting("\xff", "s3cret")}, "UTF-8"},
		"no role":              {[]stream.Option{stream.WithRole("")}, "WithRole"},
		"NUL in the role":      {[]stream.Option{stream.WithRole("s3cret\x00")}, "WithRole"},
		"client_encoding":      {[]stream.Option{stream.WithSetting("Client_Encoding", "LATIN1")}, "JSON needs UTF8"},
		"no time":              {[]stream.Option{stream.WithStatementTimeout(0)}, "WithStatementTimeout(0s)"},
		"negative time":        {[]stream.Option{stream.WithStatementTimeout(-time.Second)}, "WithStatementTimeout(-1s)"},
		"too much time":        {[]stream.Option{stream.WithStatementTimeout((1<<31 - 1) * time.Millisecond * 2)}, "WithStatementTimeout"},
		"beside simple":        {[]stream.Option{stream.WithSimpleProtocol(), setting}, "WithSimpleProtocol"},
		"role beside simple":   {[]stream.Option{stream.WithRole("r"), stream.WithSimpleProtocol()}, "WithRole"},
		"read only and simple": {[]stream.Option{stream.WithReadOnly(), stream.WithSimpleProtocol()}, "WithReadOnly"},
		"timeout and simple": {[]stream.Option{stream.WithStatementTimeout(1), stream.WithSimpleProtocol()},
			"WithStatementTimeout"},
		"more than a SELECT holds": {make1665(), "1665"},
	}
	for name, tt := range tests {
		_, err := stream.Configure(tt.opts...)
		var usage *werr.UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want a UsageError that says %q", name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the value is shown: %v", name, err)
		}
	}
}

func make1665() []stream.Option {
	opts := make([]stream.Option, 1665)
	for i := range opts {
		opts[i] = stream.WithSetting("a.b", "")
	}
	return opts
}
