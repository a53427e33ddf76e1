//go:build !linux

package conn

import (
	"net"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// checkPeer: requirepeer is not known here, so it is refused rather than ignored.
func (c *Config) checkPeer(h Host, _ net.Conn) error {
	if c.RequirePeer == "" || !h.isSocket() {
		return nil
	}
	return &werr.ConfigError{Key: "requirepeer", Detail: "not supported on this operating system"}
}
