package served

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
)

// childVariable is the environment variable that makes a process a server. It holds an order.
const childVariable = "FRAISEQL_BENCH_SERVE"

// order tells a child what to serve and, in its answer, where it serves.
type order struct {
	Via           Via
	Network, Addr string // the child's answer
}

// Child starts a server in another process, which runs this program again with prefix, such as taskset, before its
// command line. TLS is not supported, because the serving process creates the certificate.
func Child(via Via, prefix ...string) (*Server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ask, err := json.Marshal(order{Via: via})
	if err != nil {
		return nil, err
	}
	words := append(prefix, self)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(os.Environ(), childVariable+"="+string(ask))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop := func() { _ = in.Close(); _ = cmd.Wait() }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var got order
	if err == nil {
		err = json.Unmarshal(line, &got)
	}
	if err != nil {
		stop()
		return nil, fmt.Errorf("the server's process: %w", err)
	}
	return &Server{via: via, addr: got.address(), stop: stop}, nil
}

func (o order) address() net.Addr {
	if o.Network == "unix" {
		return &net.UnixAddr{Net: "unix", Name: o.Addr}
	}
	addr, _ := net.ResolveTCPAddr("tcp", o.Addr) // the child's own listener wrote it
	return addr
}

// ServeIfChild serves and does not return if the process was started by Child. Otherwise it does nothing.
func ServeIfChild() {
	text := os.Getenv(childVariable)
	if text == "" {
		return
	}
	if err := serveChild(text); err != nil {
		fmt.Fprintln(os.Stderr, "served:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serveChild serves until standard input is closed, which also happens when the parent dies.
func serveChild(text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	s, err := Start(o.Via)
	if err != nil {
		return err
	}
	defer s.Close()
	o.Network, o.Addr = s.addr.Network(), s.addr.String()
	if err := json.NewEncoder(os.Stdout).Encode(o); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
