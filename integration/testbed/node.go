//go:build unix

package testbed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// Node is one server. It keeps its port across restarts.
type Node struct {
	*Topology
	Port     string
	name     string
	lifeline io.Closer
	ended    chan struct{} // closed when the server and its shell have ended
}

// warden is a shell script that starts a server, and stops it when its standard input ends: at the end of the test, or
// of this program.
const warden = `exec 3<&0
"$@" </dev/null 3<&- & server=$!
(cat <&3 >/dev/null; kill -QUIT $server) >/dev/null 2>&1 & reader=$!
exec 3<&-
wait $server
kill $reader 2>/dev/null`

// Start starts the server, and waits until it accepts connections. It tries again if the start fails, because remains
// of a server that was killed may prevent it at first.
func (n *Node) Start() {
	n.T.Helper()
	for end := time.Now().Add(Patience); ; time.Sleep(50 * time.Millisecond) {
		n.launch()
		if n.answers() {
			return
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(n.folder, n.name+".log")) // on an error the log is empty
			n.T.Fatalf("the %s does not start: %s", n.name, log[max(0, len(log)-1000):])
		}
	}
}

func (n *Node) launch() {
	n.T.Helper()
	args := []string{"-c", warden, "warden", filepath.Join(n.programs, "postgres"), "-D", n.name}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", "port=" + n.Port, "unix_socket_directories=" + n.folder,
		"hba_file=" + filepath.Join(n.folder, "hba"), "fsync=off", "shared_buffers=16MB", "max_connections=50",
		"wal_level=replica", "hot_standby=on", "max_standby_streaming_delay=100ms", "wal_retrieve_retry_interval=100ms",
	} {
		args = append(args, "-c", setting)
	}
	cmd := n.command("sh", args...)
	log, err := os.OpenFile(filepath.Join(n.folder, n.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		n.T.Fatal(err)
	}
	defer log.Close() // the server has its own descriptor
	cmd.Stdout, cmd.Stderr = log, log
	if n.lifeline, err = cmd.StdinPipe(); err != nil {
		n.T.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		n.T.Fatal(err)
	}
	ended := make(chan struct{})
	n.ended = ended
	go func() {
		cmd.Wait() // the log says how it ended
		close(ended)
	}()
}

// answers waits until the server accepts connections, and reports whether it does; false if it has ended.
func (n *Node) answers() bool {
	for end := time.Now().Add(Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		ctx, stop := context.WithTimeout(context.Background(), time.Second)
		c, err := conn.Connect(ctx, n.DSN())
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

// DSN returns the node's connection string.
func (n *Node) DSN() string { return n.List() }

// List returns one connection string for the node and others.
func (n *Node) List(others ...*Node) string {
	hosts := "127.0.0.1:" + n.Port
	for _, o := range others {
		hosts += ",127.0.0.1:" + o.Port
	}
	return "postgres://postgres@" + hosts + "/postgres?sslmode=disable&options=-c%20jit%3Doff"
}

// Signal sends a signal to the server's supervisor process: SIGTERM, SIGINT and SIGQUIT are smart, fast and immediate
// shutdown (manual, "Shutting Down the Server").
func (n *Node) Signal(s syscall.Signal) {
	n.T.Helper()
	text, err := os.ReadFile(filepath.Join(n.folder, n.name, "postmaster.pid"))
	if err != nil {
		n.T.Fatal(err)
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(strings.TrimSpace(string(first)))
	if err == nil {
		err = syscall.Kill(pid, s)
	}
	if err != nil {
		n.T.Fatalf("signal %v for the %s: %v", s, n.name, err)
	}
}

// Stop shuts the server down and waits for its end.
func (n *Node) Stop(s syscall.Signal) {
	n.T.Helper()
	n.Signal(s)
	n.WaitEnd()
}

// WaitEnd waits for the end of a server that has been told to shut down.
func (n *Node) WaitEnd() {
	n.T.Helper()
	select {
	case <-n.ended:
	case <-time.After(Patience):
		n.T.Fatalf("the %s does not end", n.name)
	}
}

// Crash kills the server, and the given backends, which would otherwise go on running.
func (n *Node) Crash(backends ...uint32) {
	n.T.Helper()
	n.Signal(syscall.SIGKILL)
	for _, pid := range backends {
		if err := syscall.Kill(int(pid), syscall.SIGKILL); err != nil {
			n.T.Fatal(err)
		}
	}
	n.WaitEnd()
}

// Server returns the node as a server of package pgserver.
func (n *Node) Server() *pgserver.Server {
	dsn := fmt.Sprintf("postgres://postgres@127.0.0.1:%s/postgres?sslmode=disable", n.Port)
	return &pgserver.Server{Name: n.name, URL: dsn, CertDir: n.folder}
}
