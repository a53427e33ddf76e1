package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
)

// startSynthetic starts a separate server for an event, on a unix socket. stop ends it.
func startSynthetic(ctx context.Context, b binaries, cpu string) (dsn string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return "", nil, err
	}
	cmd := pinned(ctx, cpu, b.synthetic, "-network", "unix", "-address", filepath.Join(dir, ".s.PGSQL.5432"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, fmt.Errorf("start the synthetic server: %w", err)
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // reports that it was killed
		_ = os.RemoveAll(dir)
	}
	if !bufio.NewScanner(out).Scan() {
		stop()
		return "", nil, errors.New("the synthetic server ended before it listened")
	}
	return "postgres://peers@/peers?host=" + url.QueryEscape(dir) + "&sslmode=disable", stop, nil
}

// pinned returns a command that runs only on the processors of a taskset list.
func pinned(ctx context.Context, cpu, program string, args ...string) *exec.Cmd {
	if cpu == "" {
		return exec.CommandContext(ctx, program, args...)
	}
	return exec.CommandContext(ctx, "taskset", append([]string{"-c", cpu, program}, args...)...)
}
