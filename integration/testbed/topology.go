//go:build unix

package testbed

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// Topology is a primary and its streaming standby, which a test may stop, kill and promote. They use the PostgreSQL
// programs of this machine, and end with the test, or with this program.
type Topology struct {
	T       testing.TB // to report failures; tests that share the servers set it in turn
	Primary *Node
	Standby *Node

	folder   string
	owner    *syscall.Credential // nil: this process's own user
	programs string
}

// NewTopology starts both servers. They trust every role except wire_scram.
func NewTopology(t testing.TB) *Topology {
	t.Helper()
	top := &Topology{T: t, programs: serverPrograms(t), owner: serverOwner(t)}
	var err error
	if top.folder, err = os.MkdirTemp("", "fraiseql-wire-nodes"); err != nil {
		t.Fatal(err)
	}
	top.Primary, top.Standby = top.node("primary"), top.node("standby")
	t.Cleanup(top.remove)
	top.giveAway()
	top.run("initdb", "--pgdata=primary", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale",
		"--no-sync")
	hba := "local all all trust\nhost all wire_scram all scram-sha-256\nhost all,replication all all trust\n"
	if err := os.WriteFile(filepath.Join(top.folder, "hba"), []byte(hba), 0o644); err != nil {
		t.Fatal(err)
	}
	top.Primary.Start()
	c := Connect(t, top.Primary.DSN())
	Execute(t, c, "CREATE ROLE wire_scram LOGIN PASSWORD '"+pgserver.Password+"'")
	Close(t, c) // a smart shutdown would wait for it
	top.run("pg_basebackup", "--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync",
		"--pgdata=standby", "--dbname=host=127.0.0.1 user=postgres port="+top.Primary.Port)
	top.Standby.Start()
	return top
}

// At returns the name of the node that a connection is connected to, primary or standby, whatever its role is now.
func (top *Topology) At(t testing.TB, c *conn.Conn) string {
	t.Helper()
	port := Ask(t, c, "SELECT to_json(current_setting('port')) AS data")
	for _, n := range []*Node{top.Primary, top.Standby} {
		if port == `"`+n.Port+`"` {
			return n.name
		}
	}
	t.Fatalf("connected to port %s", port)
	return ""
}

// serverPrograms returns a folder with all the programs needed, the newest if there are several.
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
		Cannot(t, "needs initdb, postgres and pg_basebackup in PATH or /usr/lib/postgresql: apt-get install postgresql")
	}
	return best
}

// serverOwner returns the user that the servers run as: PostgreSQL refuses to run as root.
func serverOwner(t testing.TB) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		Cannot(t, "as root, the servers run as the user postgres: "+err.Error())
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errUID, errGID); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (top *Topology) node(name string) *Node {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		top.T.Fatal(err)
	}
	defer l.Close() // only its port is needed
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		top.T.Fatal(err)
	}
	return &Node{Topology: top, name: name, Port: port}
}

// giveAway makes the servers' user the owner of the folder.
func (top *Topology) giveAway() {
	if top.owner == nil {
		return
	}
	err := os.Chown(top.folder, int(top.owner.Uid), int(top.owner.Gid))
	if err = errors.Join(err, os.Chmod(top.folder, 0o755)); err != nil {
		top.T.Fatal(err)
	}
}

// command returns a command that runs as the servers' user, in their folder.
func (top *Topology) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = top.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: top.owner, Setpgid: true}
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+top.folder)
	return cmd
}

// run runs a PostgreSQL program to its end.
func (top *Topology) run(program string, args ...string) {
	top.T.Helper()
	if out, err := top.command(filepath.Join(top.programs, program), args...).CombinedOutput(); err != nil {
		top.T.Fatalf("%s: %v: %s", program, err, out)
	}
}

// remove stops both servers and removes their folder.
func (top *Topology) remove() {
	for _, n := range []*Node{top.Standby, top.Primary} {
		if n.lifeline == nil {
			continue
		}
		n.lifeline.Close() // closed already if the server has ended by itself
		n.WaitEnd()
	}
	if err := os.RemoveAll(top.folder); err != nil {
		top.T.Errorf("removing %s: %v", top.folder, err)
	}
}
