package fuzz

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

// FuzzSchema decodes the body of a RowDescription. It is refused if pgproto3 refuses it; otherwise it satisfies the
// schema rule if and only if it is one column data of type json or jsonb in text format, and if not, the error names
// all columns.
func FuzzSchema(f *testing.F) {
	const numbers = "\x00\x00\x40\x00\x00\x01\x00\x00\x00\x72\xff\xff\xff\xff\xff\xff\x00\x00"
	f.Add([]byte("\x00\x01data\x00" + numbers))
	f.Add([]byte("\x00\x02data\x00" + numbers + "Data\x00" + numbers))
	f.Fuzz(func(t *testing.T, body []byte) {
		var d protocol.Decoder
		m, err := d.Decode('T', body)
		if err != nil {
			var wrong *werr.ProtocolError
			if !errors.As(err, &wrong) || wrong.Message != 'T' {
				t.Fatalf("error %T %v, want a ProtocolError for T", err, err)
			}
			return
		}
		var want pgproto3.RowDescription
		if err := want.Decode(body); err != nil {
			t.Fatalf("decoded what pgproto3 refuses: %v", err)
		}
		passes := false
		var names []string
		for _, c := range want.Fields {
			names = append(names, string(c.Name))
			passes = string(c.Name) == "data" && c.Format == 0 && (c.DataTypeOID == 114 || c.DataTypeOID == 3802)
		}
		passes = passes && len(names) == 1

		err = protocol.CheckSchema(m.(*pgproto3.RowDescription))
		var schema *werr.SchemaError
		if passes != (err == nil) || err != nil && !errors.As(err, &schema) {
			t.Fatalf("%+v: error %T %v, want it to pass: %t", want, err, err, passes)
		}
		if schema != nil && !slices.Equal(schema.Columns, names) {
			t.Fatalf("error names %q, want %q", schema.Columns, names)
		}
	})
}
