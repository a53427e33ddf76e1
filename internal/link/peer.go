package link

import "errors"

// ErrPeerUnknown means that the socket, or the operating system, cannot report which user runs the server.
var ErrPeerUnknown = errors.New("the user that runs the server is unknown")
