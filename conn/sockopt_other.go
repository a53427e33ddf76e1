//go:build !linux

package conn

import (
	"context"
	"syscall"
)

// socketOptions sets nothing: tcp_user_timeout is ignored where the system has no such option, as libpq does.
func (c *Config) socketOptions() func(ctx context.Context, network, address string, raw syscall.RawConn) error {
	return nil
}
