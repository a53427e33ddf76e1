package conn

import (
	"context"
	"strings"
	"syscall"
)

// tcpUserTimeout is TCP_USER_TIMEOUT (tcp(7)), which package syscall does not name.
const tcpUserTimeout = 18

// socketOptions sets what net.Dialer does not.
func (c *Config) socketOptions() func(ctx context.Context, network, address string, raw syscall.RawConn) error {
	if c.TCPUserTimeout <= 0 {
		return nil
	}
	return func(_ context.Context, network, _ string, raw syscall.RawConn) error {
		if !strings.HasPrefix(network, "tcp") {
			return nil
		}
		var failed error
		err := raw.Control(func(fd uintptr) {
			failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(c.TCPUserTimeout.Milliseconds()))
		})
		if err != nil {
			return err
		}
		return failed
	}
}
