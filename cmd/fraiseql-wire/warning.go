package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
)

// warnings is a slog.Handler that prints warnings of the library, one per line, until stop is called. It is used while
// connecting; a query that fails returns an error, which the command reports itself.
type warnings struct {
	out     io.Writer
	stopped atomic.Bool
}

func (w *warnings) stop() { w.stopped.Store(true) }

// Enabled implements slog.Handler.
func (w *warnings) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && !w.stopped.Load()
}

// Handle implements slog.Handler.
func (w *warnings) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	line.WriteString("fraiseql-wire: warning: " + r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&line, "; %s %v", a.Key, a.Value)
		return true
	})
	line.WriteByte('\n')
	_, err := io.WriteString(w.out, line.String())
	return err
}

// WithAttrs implements slog.Handler. The library does not derive loggers.
func (w *warnings) WithAttrs([]slog.Attr) slog.Handler { return w }

// WithGroup implements slog.Handler.
func (w *warnings) WithGroup(string) slog.Handler { return w }
