package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
)

// drainVariable is the environment variable that makes a process the reader of a response. It holds the address.
const drainVariable = "FRAISEQL_EDGE_DRAIN"

// drain makes another process send a request to the server at addr and read the response to its end. It must have at
// least least bytes.
func drain(addr string, least int64) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), drainVariable+"="+addr)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(out)), 10, 64)
	if err == nil && n < least {
		err = fmt.Errorf("a response of %d bytes, want at least %d", n, least)
	}
	return err
}

// drainIfChild reads a response and does not return if the process was started by drain.
func drainIfChild() {
	addr := os.Getenv(drainVariable)
	if addr == "" {
		return
	}
	n, err := read(addr)
	fmt.Println(n)
	if err != nil {
		fmt.Fprintln(os.Stderr, "edge: reading a response:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// read sends one request, and reads in large pieces until the server closes the connection.
func read(addr string) (n int64, err error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer c.Close() //nolint:errcheck // the response has been read
	if err := ask(c, "close"); err != nil {
		return 0, err
	}
	for p := make([]byte, 256<<10); ; {
		k, err := c.Read(p)
		n += int64(k)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// ask sends a request.
func ask(c net.Conn, connection string) error {
	_, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: %s\r\n\r\n", connection)
	return err
}
