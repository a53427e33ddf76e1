//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// keeper is a shell that starts the server and reads until end of file; then it ends the server and removes its folder.
// The file ends when Stop closes it or when this program is gone. A server that ends by itself takes the shell along
// and leaves its log. Both signals mean an immediate end to one of the servers: QUIT to PostgreSQL and PgBouncer since
// 1.23, TERM to PgBouncer before that.
const keeper = `dir=$1; shift
exec 3<&0
"$@" </dev/null >"$dir/log" 2>&1 & server=$!
(cat <&3 >/dev/null; : >"$dir/stopped"; kill -QUIT $server; kill -TERM $server) >/dev/null 2>&1 & reader=$!
exec 3<&-
wait $server; code=$?
kill $reader 2>/dev/null
if [ -e "$dir/stopped" ]; then rm -rf "$dir"; fi
exit $code`

// home is the folder of a server that runs on this machine, and the user that it belongs to and runs as.
type home struct {
	dir   string
	owner *syscall.Credential // nil: the user of this process
}

func newHome() (home, error) {
	owner, err := serverUser()
	if err != nil {
		return home{}, err
	}
	// A Unix socket's path may have some hundred bytes; the temporary folder of some systems is longer.
	temp := ""
	if len(os.TempDir()) > 40 {
		temp = "/tmp"
	}
	dir, err := os.MkdirTemp(temp, "fraiseql-wire-pg")
	return home{dir, owner}, err
}

// serverUser returns nil unless this process runs as root, because PostgreSQL refuses to run as root.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("as root the server runs as the user postgres: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// giveAway makes the server's user the owner of everything in the folder, and gives everybody access to the open
// folders.
func (h home) giveAway(open ...string) error {
	for _, folder := range append(open, "") {
		if err := os.Chmod(filepath.Join(h.dir, folder), 0o755); err != nil {
			return err
		}
	}
	if h.owner == nil {
		return nil
	}
	return filepath.WalkDir(h.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, int(h.owner.Uid), int(h.owner.Gid))
	})
}

// command returns a command that runs as the server's user, detached from this program's terminal and signals.
func (h home) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = h.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: h.owner, Setpgid: true}
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+h.dir)
	return cmd
}

// kept is a server that runs until it is stopped or this program ends.
type kept struct {
	home
	lifeline io.Closer
	ended    <-chan error // one value, when the server has ended
}

// keep starts a server that stays in the foreground. It takes no context, because the server outlives the start.
func (h home) keep(server ...string) (*kept, error) {
	cmd := h.command(context.Background(), "sh", append([]string{"-c", keeper, "keeper", h.dir}, server...)...)
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		close(ended)
	}()
	return &kept{h, lifeline, ended}, nil
}

// end ends the server and waits for that.
func (k *kept) end() error {
	// The pipe is already closed if the server has ended by itself.
	_ = k.lifeline.Close()
	select {
	case <-k.ended:
	case <-time.After(20 * time.Second):
		return fmt.Errorf("the server in %s did not end in 20 s", k.dir)
	}
	return nil
}

// stop ends the server and removes its folder.
func (k *kept) stop() error {
	return errors.Join(k.end(), os.RemoveAll(k.dir))
}

// log returns the end of the server's log.
func (h home) log() string {
	out, err := os.ReadFile(filepath.Join(h.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return lastLines(out)
}

// freePort returns a port of 127.0.0.1 that is not in use now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}
