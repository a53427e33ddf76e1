package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Bouncer is a PgBouncer in transaction mode with two server connections, so that clients must share them.
type Bouncer struct {
	URL string // as the role wire_scram

	stop func() error
}

// Stop ends the bouncer. It is called once.
func (b *Bouncer) Stop() error { return b.stop() }

// StartBouncer starts the first of the programs that FindBouncers finds. The server must be one that was started here.
// The settings are further lines of its configuration, such as "query_timeout = 1".
func StartBouncer(ctx context.Context, s *Server, log io.Writer, settings ...string) (*Bouncer, error) {
	programs, err := FindBouncers(ctx, log)
	if err != nil {
		return nil, err
	}
	return programs[0].Start(ctx, s, settings...)
}

// BouncerProgram is an installed PgBouncer.
type BouncerProgram struct {
	Version string // "1.18.0"

	path string
}

// FindBouncers finds the PgBouncers in PATH and where packages put them, at least one, each version once. If there is
// none it installs the package, on Debian or Ubuntu, as root.
func FindBouncers(ctx context.Context, log io.Writer) ([]BouncerProgram, error) {
	programs, err := lookBouncers(ctx)
	if err != nil || len(programs) > 0 {
		return programs, err
	}
	failed := aptInstall(ctx, "pgbouncer", log)
	if programs, err = lookBouncers(ctx); err != nil || len(programs) > 0 {
		return programs, err
	}
	return nil, fmt.Errorf("no PgBouncer to test with: install the package pgbouncer, and run this again (%w)", failed)
}

// bouncerNames are the names under which a PgBouncer may be found. .ci/install-pgbouncer installs the last one, in
// addition to an older one.
var bouncerNames = []string{"pgbouncer", "/usr/sbin/pgbouncer", "/opt/homebrew/bin/pgbouncer", "pgbouncer-trixie"}

func lookBouncers(ctx context.Context) ([]BouncerProgram, error) {
	var found []BouncerProgram
	for _, name := range bouncerNames {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, path, "--version").Output()
		if err != nil {
			return nil, fmt.Errorf("%s --version: %w", path, err)
		}
		first, _, _ := strings.Cut(string(out), "\n")
		p := BouncerProgram{Version: strings.TrimPrefix(first, "PgBouncer "), path: path}
		if !slices.ContainsFunc(found, func(q BouncerProgram) bool { return q.Version == p.Version }) {
			found = append(found, p)
		}
	}
	return found, nil
}

// Tracks reports whether the program can track prepared statements: 1.21 and later do, with max_prepared_statements.
func (p BouncerProgram) Tracks() (bool, error) {
	var major, minor int
	if _, err := fmt.Sscanf(p.Version, "%d.%d", &major, &minor); err != nil {
		return false, fmt.Errorf("PgBouncer calls itself %q", p.Version)
	}
	return major > 1 || minor >= 21, nil
}

// Start is StartBouncer for this program.
func (p BouncerProgram) Start(ctx context.Context, s *Server, settings ...string) (*Bouncer, error) {
	if !s.Own() {
		return nil, errors.New("PgBouncer needs a server with the role wire_scram: unset DATABASE_URL")
	}
	return startBouncer(ctx, p.path, s, settings)
}

// bouncerFiles returns its configuration and its list of users, with the password in clear text, so that PgBouncer can
// use SCRAM on both sides.
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
