package conn

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

func TestBindRefused(t *testing.T) {
	t.Parallel()
	const routine = "exec_bind_message"
	for _, tt := range []struct {
		name, routine, code, message string
		given                        int
		want                         string // of the UsageError; empty: the error is unchanged
	}{
		{"too few", routine, "08P01", `bind message supplies 1 parameters, but prepared statement "" requires 2`, 1,
			"fraiseql: wrong number of arguments: got 1, the statement wants 2"},
		{"none", routine, "08P01", `bind message supplies 0 parameters, but prepared statement "" requires 11`, 0,
			"fraiseql: wrong number of arguments: got 0, the statement wants 11"},
		{"prepared", routine, "08P01", `bind message supplies 3 parameters, but prepared statement "fraiseql_00112233" requires 2`, 3,
			"fraiseql: wrong number of arguments: got 3, the statement wants 2"},
		{"translated, in another order", routine, "08P01", `文«» erfordert 2 Parameter, die Nachricht hat 1`, 1,
			"fraiseql: wrong number of arguments: got 1, the statement wants 2"},
		{"other numbers", routine, "08P01", "bind message has 7 parameter formats but 8 parameters", 1, ""},
		{"one number", routine, "08P01", "1", 1, ""},
		{"another routine", "pq_getmsgbytes", "08P01", "insufficient data: 1 of 2", 1, ""},
		{"another code", routine, "22P02", "1 of 2", 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var err error = &werr.ServerError{Severity: "ERROR", Code: tt.code, Routine: tt.routine, Message: tt.message}
			got := bindRefused(err, tt.given)
			if tt.want == "" {
				if got != err {
					t.Errorf("%v, want the unchanged error", got)
				}
				return
			}
			var usage *werr.UsageError
			if !errors.As(got, &usage) || cmp.Diff(tt.want, got.Error()) != "" {
				t.Errorf("%v, want %q", got, tt.want)
			}
		})
	}
	if got := bindRefused(io.EOF, 1); got != io.EOF {
		t.Errorf("%v, want EOF", got)
	}
}
