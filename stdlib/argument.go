package stdlib

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"unicode/utf8"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// CheckNamedValue accepts arguments unchanged, because the connection supports more types than database/sql. A []byte
// becomes text or bytea, depending on its content.
func (*Conn) CheckNamedValue(v *driver.NamedValue) error {
	if v.Name != "" {
		return &werr.UsageError{Detail: fmt.Sprintf("argument %d is named %q: PostgreSQL has only positional parameters, $1, $2", v.Ordinal, v.Name)}
	}
	switch value := v.Value.(type) {
	case sql.Out:
		return &werr.UsageError{Detail: fmt.Sprintf("argument %d: a query has no output arguments", v.Ordinal)}
	case []byte:
		v.Value = fromBytes(value)
	}
	return nil
}

func fromBytes(b []byte) any {
	switch {
	case b == nil:
		return nil
	case utf8.Valid(b) && bytes.IndexByte(b, 0) < 0:
		return string(b)
	}
	return conn.Bytea(b)
}
