package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	server := func(code, text string) error {
		return &werr.ServerError{SeverityUnlocalized: "ERROR", Code: code, Message: text}
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"prefix once", errors.New("fraiseql: connection closed"), "connection closed"},
		{"interrupt", fmt.Errorf("stream: %w", signalError{2}),
			"stopped by an interrupt; a running query was cancelled on the server"},
		{"SIGTERM", signalError{15}, "stopped by SIGTERM; a running query was cancelled on the server"},
		{"memory", &werr.MemoryLimitExceededError{Limit: 10, Current: 102}, "the next row would bring the bytes buffered to 102, " +
			"above --max-memory 10; raise it, or use --memory-policy wait if --read-ahead is always"},
		{"password", server("28P01", "no"), "server: ERROR: no (SQLSTATE 28P01); correct the user or the password, in the DSN, " +
			"PGUSER, PGPASSWORD or ~/.pgpass"},
		{"a position", &werr.ServerError{SeverityUnlocalized: "ERROR", Code: "42601", Message: "syntax", Position: 8},
			"server: ERROR: syntax (SQLSTATE 42601); correct the statement, at character 8"},
		{"the server's own hint", &werr.ServerError{SeverityUnlocalized: "ERROR", Code: "42883", Message: "no", Hint: "cast it", Position: 3},
			"server: ERROR: no (SQLSTATE 42883); hint: cast it; at character 3"},
		{"worth a retry", server("40001", "no"), "server: ERROR: no (SQLSTATE 40001); it is safe to run it again"},
		{"no advice", server("XX000", "no"), "server: ERROR: no (SQLSTATE XX000)"},
		{"no room", fmt.Errorf("write: %w", syscall.ENOSPC), "write: no space left on device; free some space and run it again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, want := message(tt.err), "fraiseql-wire: "+tt.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(context.Background())
	end()
	tests := []struct {
		name   string
		ctx    context.Context
		signal int32
		err    error
		want   int
	}{
		{"done", context.Background(), 0, nil, 0},
		{"a failure", context.Background(), 0, werr.ErrConnectionClosed, 1},
		{"a wrong flag", context.Background(), 0, usageError{errors.New("no")}, 2},
		{"a wrong setting", context.Background(), 0, &werr.ConfigError{Key: "port"}, 2},
		{"the reader is gone", context.Background(), 0, fmt.Errorf("write: %w", syscall.EPIPE), 0},
		{"an interrupt", ended, 2, context.Canceled, 130},
		{"SIGTERM", ended, 15, context.Canceled, 143},
		{"an interrupt that also ended the reader", ended, 2, fmt.Errorf("write: %w", syscall.EPIPE), 130},
		{"an interrupt that came too late", ended, 2, nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			var w signalWatch
			w.first.Store(tt.signal)
			cmd := newRoot(streams{in: strings.NewReader(""), out: &text, err: &text})
			if got := w.exitCode(report(tt.ctx, cmd, tt.err, &text)); got != tt.want {
				t.Errorf("exit code %d, want %d", got, tt.want)
			}
		})
	}
}
