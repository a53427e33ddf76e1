//go:build unix

package integration_test

import (
	"bytes"
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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// topology is a primary and its streaming standby, which a test may stop, kill and promote. They run from programs of
// this machine, and end with the test, or with this program.
type topology struct {
	t        testing.TB
	folder   string
	owner    *syscall.Credential // nil: this process's own user
	programs string
	primary  *node
	standby  *node
}

// node is one server. It keeps its port over restarts.
type node struct {
	*topology
	name, port string
	lifeline   io.Closer
	ended      chan struct{} // closed when the server and its shell are gone
}

// newTopology starts both. Everybody is trusted but the role wire_scram.
func newTopology(t testing.TB) *topology {
	t.Helper()
	top := &topology{t: t, programs: serverPrograms(t), owner: serverOwner(t)}
	var err error
	if top.folder, err = os.MkdirTemp("", "fraiseql-wire-nodes"); err != nil {
		t.Fatal(err)
	}
	top.primary, top.standby = top.node("primary"), top.node("standby")
	t.Cleanup(top.remove)
	top.giveAway()
	top.run("initdb", "--pgdata=primary", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale",
		"--no-sync")
	hba := "local all all trust\nhost all wire_scram all scram-sha-256\nhost all,replication all all trust\n"
	if err := os.WriteFile(filepath.Join(top.folder, "hba"), []byte(hba), 0o644); err != nil {
		t.Fatal(err)
	}
	top.primary.start()
	c := connect(t, top.primary.dsn())
	execute(t, c, "CREATE ROLE wire_scram LOGIN PASSWORD '"+pgserver.Password+"'")
	closeConn(t, c) // a server that shuts down waits for it
	top.run("pg_basebackup", "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync",
		"--pgdata=standby", "--dbname=host=127.0.0.1 user=postgres port="+top.primary.port)
	top.standby.start()
	return top
}

// serverPrograms is a folder with all programs that are needed: the newest where there are several.
func serverPrograms(t testing.TB) string {
	t.Helper()
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		t.Fatal(err)
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(real))
		}
	}
	best := ""
	for _, folder := range folders {
		complete := true
		for _, program := range []string{"initdb", "postgres", "pg_basebackup"} {
			_, err := os.Stat(filepath.Join(folder, program))
			complete = complete && err == nil
		}
		if complete {
			best = folder
		}
	}
	if best == "" {
		cannot(t, "needs initdb, postgres and pg_basebackup in PATH or /usr/lib/postgresql: apt-get install postgresql")
	}
	return best
}

// serverOwner is who the servers run as: PostgreSQL refuses to run as root.
func serverOwner(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		cannot(t, "as root, the servers run as the user postgres: "+err.Error())
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errUID, errGID); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (top *topology) node(name string) *node {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		top.t.Fatal(err)
	}
	defer l.Close() // only its port is wanted
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		top.t.Fatal(err)
	}
	return &node{topology: top, name: name, port: port}
}

// giveAway makes the folder the servers'.
func (top *topology) giveAway() {
	if top.owner == nil {
		return
	}
	err := os.Chown(top.folder, int(top.owner.Uid), int(top.owner.Gid))
	if err = errors.Join(err, os.Chmod(top.folder, 0o755)); err != nil {
		top.t.Fatal(err)
	}
}

// command is one that runs as the servers' user, in their folder.
func (top *topology) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = top.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: top.owner, Setpgid: true}
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+top.folder)
	return cmd
}

// run runs one of PostgreSQL's programs to its end.
func (top *topology) run(program string, args ...string) {
	top.t.Helper()
	if out, err := top.command(filepath.Join(top.programs, program), args...).CombinedOutput(); err != nil {
		top.t.Fatalf("%s: %v: %s", program, err, out)
	}
}

// warden is a shell that starts a server, and ends it when its standard input does: with the test, or this program.
const warden = `exec 3<&0
"$@" </dev/null 3<&- & server=$!
(cat <&3 >/dev/null; kill -QUIT $server) >/dev/null 2>&1 & reader=$!
exec 3<&-
wait $server
kill $reader 2>/dev/null`

// start starts the server, and waits until it lets us in. What is left of a server that was killed may be in its way.
func (n *node) start() {
	n.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		n.launch()
		if n.answers() {
			return
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(n.folder, n.name+".log")) // then there is none
			n.t.Fatalf("the %s does not start: %s", n.name, log[max(0, len(log)-1000):])
		}
	}
}

func (n *node) launch() {
	n.t.Helper()
	args := []string{"-c", warden, "warden", filepath.Join(n.programs, "postgres"), "-D", n.name}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", "port=" + n.port, "unix_socket_directories=" + n.folder,
		"hba_file=" + filepath.Join(n.folder, "hba"), "fsync=off", "shared_buffers=16MB", "max_connections=50",
		"wal_level=replica", "hot_standby=on", "max_standby_streaming_delay=100ms", "wal_retrieve_retry_interval=100ms",
	} {
		args = append(args, "-c", setting)
	}
	cmd := n.command("sh", args...)
	log, err := os.OpenFile(filepath.Join(n.folder, n.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		n.t.Fatal(err)
	}
	defer log.Close() // the server has it
	cmd.Stdout, cmd.Stderr = log, log
	if n.lifeline, err = cmd.StdinPipe(); err != nil {
		n.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	ended := make(chan struct{})
	n.ended = ended
	go func() {
		cmd.Wait() // how it ended is in its log
		close(ended)
	}()
}

// answers waits until the server lets us in, or is gone.
func (n *node) answers() bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, stop := context.WithTimeout(context.Background(), time.Second)
		c, err := conn.Connect(ctx, n.dsn())
		if err == nil {
			c.Close(ctx) // it answered
		}
		stop()
		if err == nil {
			return true
		}
		select {
		case <-n.ended:
			return false
		default:
		}
	}
	return false
}

func (n *node) dsn() string { return n.list() }

// list is the node and others as one connection string.
func (n *node) list(others ...*node) string {
	hosts := "127.0.0.1:" + n.port
	for _, o := range others {
		hosts += ",127.0.0.1:" + o.port
	}
	return "postgres://postgres@" + hosts + "/postgres?sslmode=disable&options=-c%20jit%3Doff"
}

// signal is for the server's first process: SIGTERM, SIGINT and SIGQUIT shut it down, more and more hastily (manual,
// "Shutting Down the Server").
func (n *node) signal(s syscall.Signal) {
	n.t.Helper()
	text, err := os.ReadFile(filepath.Join(n.folder, n.name, "postmaster.pid"))
	if err != nil {
		n.t.Fatal(err)
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(strings.TrimSpace(string(first)))
	if err == nil {
		err = syscall.Kill(pid, s)
	}
	if err != nil {
		n.t.Fatalf("signal %v for the %s: %v", s, n.name, err)
	}
}

// stop shuts the server down and waits for its end.
func (n *node) stop(s syscall.Signal) {
	n.t.Helper()
	n.signal(s)
	n.waitEnd()
}

func (n *node) waitEnd() {
	n.t.Helper()
	select {
	case <-n.ended:
	case <-time.After(patience):
		n.t.Fatalf("the %s does not end", n.name)
	}
}

// crash kills the server, and the given backends, which would live on without it.
func (n *node) crash(backends ...uint32) {
	n.t.Helper()
	n.signal(syscall.SIGKILL)
	for _, pid := range backends {
		if err := syscall.Kill(int(pid), syscall.SIGKILL); err != nil {
			n.t.Fatal(err)
		}
	}
	n.waitEnd()
}

// remove ends both servers and takes their folder away.
func (top *topology) remove() {
	for _, n := range []*node{top.standby, top.primary} {
		if n.lifeline == nil {
			continue
		}
		n.lifeline.Close() // closed already where the server has ended by itself
		n.waitEnd()
	}
	if err := os.RemoveAll(top.folder); err != nil {
		top.t.Errorf("%s is left: %v", top.folder, err)
	}
}

// server is a node as package pgserver knows servers.
func (n *node) server() *pgserver.Server {
	dsn := fmt.Sprintf("postgres://postgres@127.0.0.1:%s/postgres?sslmode=disable", n.port)
	return &pgserver.Server{Name: n.name, URL: dsn, CertDir: n.folder}
}
