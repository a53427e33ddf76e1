package link

import "errors"

// ErrPeerUnknown is a socket, or an operating system, that does not tell who is at the other end.
var ErrPeerUnknown = errors.New("nothing tells which user runs the server")
