package link

import (
	"strings"
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of tcp(7), which package syscall has no name for.
const tcpUserTimeout = 18

// SetUserTimeout bounds how long bytes that were sent may stay unacknowledged before the system closes a TCP
// connection. It does nothing on other networks, and on systems that have no such option, where libpq ignores
// tcp_user_timeout as well.
func SetUserTimeout(raw syscall.RawConn, network string, d time.Duration) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
