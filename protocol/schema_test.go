package protocol_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/protocol"
)

func column(name string, oid uint32, format int16) pgproto3.FieldDescription {
	return pgproto3.FieldDescription{Name: []byte(name), DataTypeOID: oid, Format: format}
}

func TestCheckSchema(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		columns []pgproto3.FieldDescription
		want    *werr.SchemaError
	}{
		{"json", []pgproto3.FieldDescription{column("data", 114, 0)}, nil},
		{"jsonb", []pgproto3.FieldDescription{column("data", 3802, 0)}, nil},
		{"no column", nil, &werr.SchemaError{}},
		{"two columns", []pgproto3.FieldDescription{column("data", 114, 0), column("id", 23, 0)},
			&werr.SchemaError{Columns: []string{"data", "id"}}},
		{"data twice", []pgproto3.FieldDescription{column("data", 114, 0), column("data", 114, 0)},
			&werr.SchemaError{Columns: []string{"data", "data"}}},
		{"another name", []pgproto3.FieldDescription{column("payload", 114, 0)},
			&werr.SchemaError{Columns: []string{"payload"}, OID: 114}},
		{"a capital letter", []pgproto3.FieldDescription{column("Data", 114, 0)},
			&werr.SchemaError{Columns: []string{"Data"}, OID: 114}},
		{"no name", []pgproto3.FieldDescription{column("", 114, 0)},
			&werr.SchemaError{Columns: []string{""}, OID: 114}},
		{"text", []pgproto3.FieldDescription{column("data", 25, 0)},
			&werr.SchemaError{Columns: []string{"data"}, OID: 25}},
		{"json array", []pgproto3.FieldDescription{column("data", 199, 0)},
			&werr.SchemaError{Columns: []string{"data"}, OID: 199}},
		{"binary format", []pgproto3.FieldDescription{column("data", 3802, 1)},
			&werr.SchemaError{Columns: []string{"data"}, OID: 3802}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := protocol.CheckSchema(&pgproto3.RowDescription{Fields: test.columns})
			if test.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var got *werr.SchemaError
			if !errors.As(err, &got) {
				t.Fatalf("error %T %v, want a SchemaError", err, err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The error outlives the read buffer that the names came in.
func TestSchemaErrorKeepsNothingAlive(t *testing.T) {
	t.Parallel()
	name := []byte("payload")
	err := protocol.CheckSchema(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: name}}})
	copy(name, "XXXXXXX")
	var got *werr.SchemaError
	if !errors.As(err, &got) || got.Columns[0] != "payload" {
		t.Errorf("error %+v, want the name as it came", got)
	}
}
