package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Bouncer is a PgBouncer in transaction mode in front of a server: two server connections, so that clients must share
// them.
type Bouncer struct {
	Version string // "1.18.0"
	URL     string // as the role wire_scram

	stop func() error
}

// Stop ends the bouncer. It is called once.
func (b *Bouncer) Stop() error { return b.stop() }

// StartBouncer starts PgBouncer from PATH or the places where packages put it, or installs it first: on Debian or
// Ubuntu, as root. The server must be one that was started here. The settings are further lines of its configuration, such
// as "query_timeout = 1".
func StartBouncer(ctx context.Context, s *Server, log io.Writer, settings ...string) (*Bouncer, error) {
	if !s.Own() {
		return nil, errors.New("PgBouncer needs a server with the role wire_scram: unset DATABASE_URL")
	}
	program, err := FindBouncer(ctx, log)
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w", program, err)
	}
	b, err := startBouncer(ctx, program, s, settings)
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(out), "\n")
	b.Version = strings.TrimPrefix(first, "PgBouncer ")
	return b, nil
}

// FindBouncer is the path of the program pgbouncer. On Debian or Ubuntu, as root, it is installed where it is missing.
func FindBouncer(ctx context.Context, log io.Writer) (string, error) {
	if program := lookBouncer(); program != "" {
		return program, nil
	}
	err := aptInstall(ctx, "pgbouncer", log)
	if program := lookBouncer(); program != "" {
		return program, nil
	}
	return "", fmt.Errorf("no PgBouncer to test with: install the package pgbouncer, and run this again (%w)", err)
}

func lookBouncer() string {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer", "/opt/homebrew/bin/pgbouncer"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// bouncerFiles are its configuration and its list of users. The password stands there in clear, so that PgBouncer can
// take part in SCRAM on both sides.
func bouncerFiles(dir, port, serverHost, serverPort string, settings []string) map[string]string {
	return map[string]string{
		"pgbouncer.ini": fmt.Sprintf(`[databases]
postgres = host=%s port=%s dbname=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %s/users
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
%s
`, serverHost, serverPort, port, dir, strings.Join(settings, "\n")),
		"users": fmt.Sprintf("%q %q\n", "wire_scram", Password),
	}
}

func writeFiles(dir string, files map[string]string) error {
	for name, content := range files {
		if err := os.WriteFile(dir+"/"+name, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
