package main

import (
	"context"
	"fmt"
	"os"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// initialize runs the statements of a file on each server.
func initialize(ctx context.Context, servers []*pgserver.Server, path string) error {
	script, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, s := range servers {
		if err := pgserver.RunScript(ctx, s.DSN(), string(script)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
