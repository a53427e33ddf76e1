package stdlib

import (
	"database/sql/driver"
	"encoding/json"
	"io"
	"reflect"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// rows adapts a stream to database/sql.
type rows struct{ s *stream.Stream }

var (
	_ driver.RowsColumnTypeScanType         = (*rows)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)
	_ driver.RowsColumnTypeNullable         = (*rows)(nil)
)

// Columns returns the name of the only column.
func (*rows) Columns() []string { return []string{"data"} }

// Close ends the stream, and cancels the query if it has not ended.
func (r *rows) Close() error { return r.s.Close() }

// Next returns a slice of the read buffer. It stays valid until the next call, even after Close, as sql.RawBytes
// requires; for all other destinations database/sql copies it.
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

// ColumnTypeScanType returns json.RawMessage.
func (*rows) ColumnTypeScanType(int) reflect.Type { return reflect.TypeFor[json.RawMessage]() }

// ColumnTypeDatabaseTypeName returns JSON or JSONB.
func (r *rows) ColumnTypeDatabaseTypeName(int) string { return r.s.ColumnType() }

// ColumnTypeNullable returns true: the server does not report whether the column can be null.
func (*rows) ColumnTypeNullable(int) (nullable, ok bool) { return true, true }
