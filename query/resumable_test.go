package query_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/query"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// refusing is a Runner whose queries all fail.
type refusing struct {
	err   error
	calls int
}

func (r *refusing) QueryArgs(context.Context, string, []any, ...stream.Option) (*stream.Stream, error) {
	r.calls++
	return nil, r.err
}

// ended returns the error with which a Resumable ends, which must not have yielded a row.
func ended(t *testing.T, q query.Select, r query.Runner) (last error) {
	t.Helper()
	for row, err := range q.Resumable(t.Context(), r) {
		if last != nil || row != nil {
			t.Errorf("%s, %v after %v", row, err, last)
		}
		last = err
	}
	return last
}

// After a lost connection Resumable tries again, up to ten times without a row; any other error ends it at once.
func TestResumableTries(t *testing.T) {
	t.Parallel()
	q := query.From("v").OrderBy(query.Field("id").Asc())
	tests := []struct {
		name  string
		err   error
		calls int
	}{
		{"the network", &werr.OpError{Op: "read", Err: io.ErrUnexpectedEOF}, 10},
		{"shut down by an administrator", &werr.ServerError{Code: "57P01"}, 10},
		{"crashed", &werr.ServerError{Code: "57P02"}, 10},
		{"starting up", &werr.ServerError{Code: "57P03"}, 10},
		{"a connection exception", &werr.ServerError{Code: "08006"}, 10},
		{"cancelled on the server", &werr.ServerError{Code: "57014"}, 1},
		{"a dropped database", &werr.ServerError{Code: "57P04"}, 1},
		{"a wrong statement", &werr.ServerError{Code: "42P01"}, 1},
		{"a closed connection", &werr.OpError{Op: "query", Err: werr.ErrConnectionClosed, Unsent: true}, 1},
		{"no server", &werr.ConnectError{Attempts: []error{errors.New("refused")}}, 1},
		{"cancelled", context.Canceled, 1},
	}
	for _, tt := range tests {
		r := &refusing{err: tt.err}
		if err := ended(t, q, r); !errors.Is(err, tt.err) || r.calls != tt.calls {
			t.Errorf("%s: %v after %d calls, want %d", tt.name, err, r.calls, tt.calls)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	r := &refusing{err: io.EOF}
	for _, err := range q.Resumable(ctx, r) {
		if !errors.Is(err, io.EOF) {
			t.Errorf("%v", err)
		}
	}
	if r.calls != 1 {
		t.Errorf("%d calls with a context that has ended", r.calls)
	}
}

// Statements that cannot be resumed are rejected before anything runs.
func TestResumableRefuses(t *testing.T) {
	t.Parallel()
	v, id := query.From("v"), query.Field("id")
	for name, q := range map[string]query.Select{
		"no order":              v,
		"a column":              v.OrderBy(query.Column("id").Asc()),
		"not in the projection": v.OrderBy(id.Asc()).Project(query.Field("name")),
		"a count":               v.OrderBy(id.Asc()).Count(),
		"twice":                 v.OrderBy(id.Asc(), id.Desc()),
	} {
		r := &refusing{err: io.EOF}
		var wrong *werr.UsageError
		if err := ended(t, q, r); !errors.As(err, &wrong) || r.calls > 0 {
			t.Errorf("%s: %v after %d calls, want a UsageError", name, err, r.calls)
		}
	}
	var wrong *werr.UsageError
	if err := ended(t, v.OrderBy(id.Asc()), nil); !errors.As(err, &wrong) {
		t.Errorf("no runner: %v", err)
	}
}

// When the server rejects an operand, the error names the field and wraps the server's error.
func TestRunNamesTheField(t *testing.T) {
	t.Parallel()
	refused := &werr.ServerError{Severity: "ERROR", Code: "2201B", Message: "invalid regular expression"}
	q := query.From("v").Where(query.Field("name").Eq("a"), query.Not(query.Or(query.Field("a", "b").Regex("("))))
	_, err := q.Run(t.Context(), &refusing{err: refused})
	var wrong *werr.UsageError
	if !errors.As(err, &wrong) || wrong.Detail != "a.b.regex: rejected by the server" || !errors.Is(err, refused) {
		t.Errorf("%v", err)
	}
	other := &werr.ServerError{Severity: "ERROR", Code: "42P01"}
	if _, err := q.Run(t.Context(), &refusing{err: other}); err != error(other) {
		t.Errorf("%v, want the server's error unchanged", err)
	}
	var keep func(json.RawMessage) bool
	if _, _, err := q.Filter(keep).Build(); err != nil {
		t.Errorf("no filter: %v", err)
	}
}
