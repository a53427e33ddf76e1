package stdlib

import (
	"database/sql/driver"
	"encoding/json"
	"io"
	"reflect"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// rows is a stream as database/sql reads it.
type rows struct{ s *stream.Stream }

var (
	_ driver.RowsColumnTypeScanType         = (*rows)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)
	_ driver.RowsColumnTypeNullable         = (*rows)(nil)
)

// Columns is the one column there is.
func (*rows) Columns() []string { return []string{"data"} }

// Close ends the stream: what is left of the query is cancelled.
func (r *rows) Close() error { return r.s.Close() }

// Next hands out the read buffer itself. It stays as it is until the next call, also after Close, which is what
// sql.RawBytes needs; into everything else database/sql copies it.
func (r *rows) Next(dest []driver.Value) error {
	if !r.s.Next() {
		if err := r.s.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	if row := r.s.Row(); row != nil {
		dest[0] = []byte(row)
	} else {
		dest[0] = nil
	}
	return nil
}

// ColumnTypeScanType is json.RawMessage.
func (*rows) ColumnTypeScanType(int) reflect.Type { return reflect.TypeFor[json.RawMessage]() }

// ColumnTypeDatabaseTypeName is JSON or JSONB.
func (r *rows) ColumnTypeDatabaseTypeName(int) string { return r.s.ColumnType() }

// ColumnTypeNullable is true: the server does not tell.
func (*rows) ColumnTypeNullable(int) (nullable, ok bool) { return true, true }
