package errors_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

type payment struct {
	Card   int32                 `json:"card"`
	To     struct{ Name string } `json:"to"`
	Limits map[string]int        `json:"limits"`
	At     time.Time             `json:"at"`
}

// Whatever fails to decode, the text shows no part of the row; errors.As finds the parser's own error.
func TestDecodeErrorShowsNoRow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		row  string // with the secrets 4111111111111111 and s3cret
		into any
		want string
	}{
		{"number", `{"card":4111111111111111}`, new(payment), "a number does not fit"},
		{"text", `{"card":"s3cret"}`, new(payment), "a string does not fit"},
		{"inside", `{"to":{"Name":[4111111111111111]}}`, new(payment), "an array does not fit"},
		{"key of a map", `{"limits":{"s3cret":"x"}}`, new(payment), "a string does not fit"},
		{"key of a top-level map", `{"s3cret":"x"}`, new(map[string]int), "a string does not fit"},
		{"a method's error", `{"at":"s3cret"}`, new(payment), "into errors_test.payment"},
		{"cut off", `{"card":"s3cret`, new(payment), "into errors_test.payment: syntax error at byte 15"},
		{"garbage", `s3cret`, new(payment), "into errors_test.payment: syntax error at byte"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cause := json.Unmarshal([]byte(tt.row), tt.into)
			err := &werr.DecodeError{Row: 3, Type: "errors_test.payment", Err: cause}
			text := err.Error()
			if !strings.HasPrefix(text, "fraiseql: row 3 does not decode into errors_test.payment") || !strings.Contains(text, tt.want) {
				t.Errorf("%q, want %q in it", text, tt.want)
			}
			if strings.Contains(text, "4111") || strings.Contains(text, "s3cret") {
				t.Errorf("the row is in %q", text)
			}
			if cause == nil || !errors.Is(err, cause) {
				t.Errorf("%v was not found", cause)
			}
		})
	}
}

func TestDecodeErrorOfAnotherParser(t *testing.T) {
	t.Parallel()
	err := &werr.DecodeError{Row: 1, Type: "int", Err: errors.New(`cannot parse "s3cret"`)}
	if diff := cmp.Diff("fraiseql: row 1 does not decode into int", err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	err = &werr.DecodeError{Row: 1, Type: "json", Err: errors.New("not valid UTF-8")}
	if diff := cmp.Diff("fraiseql: row 1 does not decode into json: not valid UTF-8", err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The texts that can quote an argument are Message, Detail, Hint, Where and InternalQuery; the names of tables are left
// out too.
func TestRedacted(t *testing.T) {
	t.Parallel()
	const secret = "my-secret"
	full := &werr.ServerError{
		Severity: "FEHLER", SeverityUnlocalized: "ERROR", Code: "22P02", Position: 8, Routine: "pg_strtoint32_safe",
		Message: secret, Detail: secret, Hint: secret, Where: secret, InternalQuery: secret, InternalPosition: 3,
		SchemaName: secret, TableName: secret, ColumnName: secret, DataTypeName: secret, ConstraintName: secret,
		File: "numutils.c", Line: 607, UnknownFields: map[byte]string{'x': secret},
	}
	for _, tt := range []struct {
		err  *werr.ServerError
		want string
	}{
		{full, "fraiseql: server: ERROR (SQLSTATE 22P02) at character 8 in pg_strtoint32_safe"},
		{&werr.ServerError{Severity: "ERROR", Code: "40001", Message: secret}, "fraiseql: server: ERROR (SQLSTATE 40001)"},
		{&werr.ServerError{Severity: "FATAL", Message: secret}, "fraiseql: server: FATAL"},
		{&werr.ServerError{Severity: "a\x1bb\n"}, `fraiseql: server: a\x1bb\n`},
	} {
		if diff := cmp.Diff(tt.want, tt.err.Redacted()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
