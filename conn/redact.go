package conn

import (
	"errors"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// redact masks passwords in an error or a notice from the server: a server that was sent one in clear text, or
// learned it from another server of the same list, may repeat it. A password that is also the name of the user or the
// database is no secret, and legitimately occurs in error texts.
func (c *Conn) redact(e *werr.ServerError) *werr.ServerError {
	for _, text := range []*string{
		&e.Severity, &e.SeverityUnlocalized, &e.Code, &e.Message, &e.Detail, &e.Hint, &e.InternalQuery, &e.Where,
		&e.SchemaName, &e.TableName, &e.ColumnName, &e.DataTypeName, &e.ConstraintName, &e.File, &e.Routine,
	} {
		*text = c.redactText(*text)
	}
	for code, text := range e.UnknownFields {
		e.UnknownFields[code] = c.redactText(text)
	}
	return e
}

// redactSchema masks passwords in the names of columns.
func (c *Conn) redactSchema(err error) error {
	var wrong *werr.SchemaError
	if errors.As(err, &wrong) {
		for i, name := range wrong.Columns {
			wrong.Columns[i] = c.redactText(name)
		}
	}
	return err
}

// redactText masks passwords in a text from the server.
func (c *Conn) redactText(text string) string {
	for _, password := range c.sentPasswords {
		if password != "" && password != c.cfg.User && password != c.cfg.Database {
			text = strings.ReplaceAll(text, password, masked)
		}
	}
	return text
}
