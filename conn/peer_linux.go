package conn

import (
	"fmt"
	"net"
	"os/user"
	"strconv"
	"syscall"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// checkPeer refuses a server behind a unix socket that is run by another user than requirepeer names.
func (c *Config) checkPeer(h Host, sock net.Conn) error {
	if c.RequirePeer == "" || !h.isSocket() {
		return nil
	}
	socket, ok := sock.(*net.UnixConn)
	if !ok {
		return &werr.ConfigError{Key: "requirepeer", Detail: "the connection that Dial returned does not tell who serves it"}
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var cred *syscall.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) {
		cred, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	name := strconv.FormatUint(uint64(cred.Uid), 10)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	if name != c.RequirePeer {
		return &werr.AuthenticationError{Detail: fmt.Sprintf(
			"requirepeer is %q, and the server is run by %q", c.RequirePeer, name)}
	}
	return nil
}
