package conn

import (
	"errors"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

const redacted = "xxxxx"

// redact takes the password out of what a server says: one that was told it in clear text, in this attempt to connect or
// an earlier one, may say it back. A password
// that is also the user's name, or the database's, is no secret, and stands in sound error texts.
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

// redactSchema takes the password out of the names of columns.
func (c *Conn) redactSchema(err error) error {
	var wrong *werr.SchemaError
	if errors.As(err, &wrong) {
		for i, name := range wrong.Columns {
			wrong.Columns[i] = c.redactText(name)
		}
	}
	return err
}

// redactText takes the passwords told out of one text of the server.
func (c *Conn) redactText(text string) string {
	for _, password := range c.told {
		if password != "" && password != c.cfg.User && password != c.cfg.Database {
			text = strings.ReplaceAll(text, password, redacted)
		}
	}
	return text
}
