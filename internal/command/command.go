// Package command has what a connection can do only for this module's own packages, programs and tests. Package conn
// sets the functions; the connection that they take as c is a *conn.Conn.
package command

import (
	"context"

	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// Exec runs sql as one simple query on an idle connection, discards any rows, and waits for its end. It is for statements
// that return no rows, such as the demo's CREATE VIEW; users cannot run them, because the library only reads.
var Exec func(ctx context.Context, c any, sql string) error

// Query is conn.Conn.QueryArgs with options that were checked before, so that many queries can share them.
var Query func(ctx context.Context, c any, sql string, args []any, set *stream.Settings) (*stream.Stream, error)
