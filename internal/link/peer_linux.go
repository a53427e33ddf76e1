package link

import (
	"net"
	"os/user"
	"strconv"
	"syscall"
)

// PeerUser returns the name of the operating system user that runs the process at the other end of a Unix socket, or
// the user's ID if it has no name. For any other connection it returns ErrPeerUnknown.
func PeerUser(sock net.Conn) (name string, err error) {
	socket, ok := sock.(*net.UnixConn)
	if !ok {
		return "", ErrPeerUnknown
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return "", err
	}
	var peer *syscall.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) {
		peer, failed = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); err != nil {
		return "", err
	}
	if failed != nil {
		return "", failed
	}
	number := strconv.FormatUint(uint64(peer.Uid), 10)
	if u, err := user.LookupId(number); err == nil {
		return u.Username, nil
	}
	return number, nil
}
