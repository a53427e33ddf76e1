package conn

import (
	"fmt"
	"net"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
)

// checkPeer refuses a server behind a Unix socket if it is run by another user than the one in requirepeer. If that
// user cannot be determined, the server is refused as well: a check that was requested is never skipped.
func (c *Config) checkPeer(h Host, sock net.Conn) error {
	if c.RequirePeer == "" || !h.isSocket() {
		return nil
	}
	switch name, err := link.PeerUser(sock); {
	case err == link.ErrPeerUnknown: // never wrapped
		return &werr.ConfigError{Key: "requirepeer", Detail: err.Error()}
	case err != nil:
		return err
	case name != c.RequirePeer:
		return &werr.AuthenticationError{Detail: fmt.Sprintf(
			"requirepeer is %q, and the server is run by %q", c.RequirePeer, name)}
	}
	return nil
}
