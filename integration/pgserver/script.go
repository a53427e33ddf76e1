package pgserver

import (
	"context"
	"fmt"
	"strings"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/internal/command"
)

// RunScript runs statements, one after the other, on a separate connection. Each ends at the first semicolon at the end
// of a line.
func RunScript(ctx context.Context, dsn, script string) error {
	c, err := conn.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // only the errors of the statements matter
	for statement := range strings.SplitSeq(strings.TrimSpace(script), ";\n") {
		if err := command.Exec(ctx, c, statement); err != nil {
			return fmt.Errorf("%.60q: %w", statement, err)
		}
	}
	return nil
}
