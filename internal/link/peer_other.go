//go:build !linux

package link

import "net"

// PeerUser is not available on this system: it returns ErrPeerUnknown.
func PeerUser(net.Conn) (name string, err error) { return "", ErrPeerUnknown }
