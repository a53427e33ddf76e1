package stdlib_test

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/stdlib"
)

func TestCheckNamedValue(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name      string
		in, want  any
		parameter string
		refused   bool
	}{
		{name: "JSON in bytes", in: []byte(`{"a": "é"}`), want: `{"a": "é"}`},
		{name: "no bytes", in: []byte{}, want: ""},
		{name: "nil bytes", in: []byte(nil), want: nil},
		{name: "bytes with a NUL", in: []byte("a\x00"), want: conn.Bytea("a\x00")},
		{name: "bytes that are no UTF-8", in: []byte{0xff}, want: conn.Bytea{0xff}},
		{name: "bytea", in: conn.Bytea("text"), want: conn.Bytea("text")},
		{name: "raw message", in: json.RawMessage("1"), want: json.RawMessage("1")},
		{name: "array", in: []int{1, 2}, want: []int{1, 2}},
		{name: "time", in: now, want: now},
		{name: "nil", in: nil, want: nil},
		{name: "a name", in: 1, parameter: "id", refused: true},
		{name: "output", in: sql.Out{}, refused: true},
	} {
		v := driver.NamedValue{Ordinal: 1, Name: tt.parameter, Value: tt.in}
		err := new(stdlib.Conn).CheckNamedValue(&v)
		if tt.refused != (werr.CategoryOf(err) == werr.CategoryUsage) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, v.Value); !tt.refused && diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
