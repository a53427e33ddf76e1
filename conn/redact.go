package conn

import (
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

const redacted = "xxxxx"

// redact takes the password out of what a server says: one that was told it in clear text may say it back. A password
// that is also the user's name, or the database's, is no secret, and stands in sound error texts.
func (c *Conn) redact(e *werr.ServerError) *werr.ServerError {
	secret := c.secret
	if secret == "" || secret == c.cfg.User || secret == c.cfg.Database {
		return e
	}
	for _, text := range []*string{
		&e.Severity, &e.SeverityUnlocalized, &e.Code, &e.Message, &e.Detail, &e.Hint, &e.InternalQuery, &e.Where,
		&e.SchemaName, &e.TableName, &e.ColumnName, &e.DataTypeName, &e.ConstraintName, &e.File, &e.Routine,
	} {
		*text = strings.ReplaceAll(*text, secret, redacted)
	}
	for code, text := range e.UnknownFields {
		e.UnknownFields[code] = strings.ReplaceAll(text, secret, redacted)
	}
	return e
}
