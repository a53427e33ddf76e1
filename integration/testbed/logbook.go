package testbed

import (
	"context"
	"log/slog"
	"sync"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

// Logbook keeps what connections log. Its method Log is a change to a configuration, for Connect.
type Logbook struct{ handler logHandler }

// Log makes a connection log to l, at every level.
func (l *Logbook) Log(cfg *conn.Config) { cfg.Logger = slog.New(&l.handler) }

// LogEntry is one record of a Logbook.
type LogEntry struct {
	Level slog.Level
	Attrs map[string]slog.Value
}

// Find returns the records with the given message, in order.
func (l *Logbook) Find(message string) (found []LogEntry) {
	l.handler.mu.Lock()
	defer l.handler.mu.Unlock()
	for _, r := range l.handler.records {
		if r.Message != message {
			continue
		}
		e := LogEntry{r.Level, map[string]slog.Value{}}
		r.Attrs(func(a slog.Attr) bool { e.Attrs[a.Key] = a.Value; return true })
		found = append(found, e)
	}
	return found
}

// logHandler is a slog.Handler that keeps every record.
type logHandler struct {
	mu      sync.Mutex
	records []slog.Record
}

func (h *logHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h *logHandler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h *logHandler) WithGroup(string) slog.Handler            { return h }

func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.records = append(h.records, r.Clone())
	return nil
}
