package protocol

import (
	"github.com/jackc/pgx/v5/pgproto3"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// The rule for a result: one column of this name, of one of these types (pg_type.dat). A domain over them is announced
// with its base type's OID.
const (
	columnName = "data"

	// OIDJSON is the type json.
	OIDJSON = 114
	// OIDJSONB is the type jsonb. In text format it has no version byte in front.
	OIDJSONB = 3802
)

// CheckSchema returns a *errors.SchemaError unless the result has exactly one column, named data (in lower case), of
// type json or jsonb, in text format. The error copies what it needs of d.
func CheckSchema(d *pgproto3.RowDescription) error {
	if len(d.Fields) == 1 {
		f := &d.Fields[0]
		if string(f.Name) == columnName && (f.DataTypeOID == OIDJSON || f.DataTypeOID == OIDJSONB) &&
			f.Format == pgproto3.TextFormat {
			return nil
		}
	}
	e := &werr.SchemaError{Columns: make([]string, len(d.Fields))}
	for i := range d.Fields {
		e.Columns[i] = string(d.Fields[i].Name)
	}
	if len(d.Fields) == 1 {
		e.OID = d.Fields[0].DataTypeOID
	}
	return e
}
