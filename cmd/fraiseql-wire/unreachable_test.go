package main

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestServersOutOfReach(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, dsn string
		want      []string
	}{
		{"a port without a listener", "postgres://wire:hunter2@" + freeAddress(t) + "/shop?sslmode=disable",
			[]string{"cannot connect: 127.0.0.1:", "connection refused", "start the server, or correct host and port"}},
		{"a socket that does not exist", "host=" + filepath.Join(t.TempDir(), "none") + " password=hunter2",
			[]string{"cannot connect: ", ".s.PGSQL.5432", "start the server, or correct host and port"}},
		{"another kind of server", "postgres://wire:hunter2@" + answering(t, "HTTP/1.1 400 Bad Request\r\n") + "/shop",
			[]string{"cannot connect: 127.0.0.1:", "is this a PostgreSQL server?"}},
		{"a server that hangs up", "postgres://wire:hunter2@" + answering(t, "") + "/shop?sslmode=disable",
			[]string{"cannot connect: 127.0.0.1:", "the server closed the connection"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, args := range [][]string{{"ping"}, {"stream", "SELECT data FROM v_user"}, {"demo"}} {
				got := try(t, append(args, "--dsn", tt.dsn)...)
				got.oneLine(t, exitFailure, tt.want...)
				if strings.Contains(got.err, "hunter2") {
					t.Errorf("the password is shown: %q", got.err)
				}
			}
		})
	}
}

// An interrupt while connecting ends the attempt.
func TestInterruptEndsTheConnect(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancelCause(t.Context())
	accepted := make(chan struct{})
	address := listen(t, func(net.Conn) { close(accepted) })
	go func() {
		<-accepted
		interrupt(signalError{2})
	}()
	var text strings.Builder
	status := run(ctx, []string{"ping", "--timeout", "0", "--dsn", "postgres://wire@" + address + "/shop?sslmode=disable"},
		streams{in: strings.NewReader(""), out: io.Discard, err: &text})
	if status != exitFailure || !strings.Contains(text.String(), "stopped by an interrupt") {
		t.Errorf("exit code %d, %q", status, text.String())
	}
}

// freeAddress returns an address at which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// answering starts a server that reads something, answers with text and hangs up. It returns its address.
func answering(t *testing.T, text string) string {
	t.Helper()
	return listen(t, func(nc net.Conn) {
		defer nc.Close()
		if _, err := nc.Read(make([]byte, 1024)); err != nil {
			return
		}
		_, _ = io.WriteString(nc, text)
	})
}

func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { nc.Close() })
			go serve(nc)
		}
	}()
	return l.Addr().String()
}
