// Package command lets this module's own programs and tests run statements that return no rows, such as the demo's
// CREATE VIEW. It is not for users: the library only reads.
package command

import "context"

// Exec runs sql as one simple query on an idle *conn.Conn, discards any rows, and waits for its end. Package conn sets
// it.
var Exec func(ctx context.Context, c any, sql string) error
