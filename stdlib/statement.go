package stdlib

import (
	"context"
	"database/sql/driver"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// statement is the text of a query. It is not prepared on the server here: the connection prepares statements by
// itself, as its PrepareThreshold says.
type statement struct {
	c     *Conn
	query string
}

var (
	_ driver.StmtQueryContext = (*statement)(nil)
	_ driver.StmtExecContext  = (*statement)(nil)
)

// PrepareContext returns a statement for a query. Anything else is an error.
func (c *Conn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return c.Prepare(query)
}

// Prepare is PrepareContext.
func (c *Conn) Prepare(query string) (driver.Stmt, error) {
	switch word := firstWord(query); word {
	case "select", "with", "table", "values", "fetch", "execute":
		return &statement{c, query}, nil
	case "":
		return nil, &werr.UsageError{Detail: "Prepare: not a statement"}
	default:
		return nil, readOnly("Prepare of " + strings.ToUpper(word))
	}
}

// Close does nothing: there is nothing to release.
func (*statement) Close() error { return nil }

// NumInput returns -1: the server checks the number of arguments.
func (*statement) NumInput() int { return -1 }

// QueryContext runs the query.
func (s *statement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.c.QueryContext(ctx, s.query, args)
}

// Query runs the query without a context.
func (s *statement) Query(values []driver.Value) (driver.Rows, error) {
	args := make([]driver.NamedValue, len(values))
	for i, v := range values {
		args[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return s.QueryContext(context.Background(), args)
}

// ExecContext is an error: the driver reads.
func (*statement) ExecContext(context.Context, []driver.NamedValue) (driver.Result, error) {
	return nil, readOnly("Exec")
}

// Exec is ExecContext.
func (*statement) Exec([]driver.Value) (driver.Result, error) { return nil, readOnly("Exec") }

// firstWord returns the first word of a statement in lower case, after white space, parentheses, semicolons and
// comments.
func firstWord(query string) string {
	for {
		query = strings.TrimLeft(query, " \t\r\n\f\v(;")
		switch {
		case strings.HasPrefix(query, "--"):
			_, query, _ = strings.Cut(query, "\n")
		case strings.HasPrefix(query, "/*"):
			query = afterComment(query)
		default:
			end := strings.IndexFunc(query, func(r rune) bool { return !('a' <= r|0x20 && r|0x20 <= 'z') })
			if end < 0 {
				end = len(query)
			}
			return strings.ToLower(query[:end])
		}
	}
}

// afterComment returns what follows a comment, which may contain others (PostgreSQL manual, "Comments").
func afterComment(query string) string {
	depth := 0
	for i := 0; i+1 < len(query); i++ {
		switch query[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return query[i+1:]
			}
		}
	}
	return ""
}
