//go:build !race

package link

// rawReads says that Read goes past net.Conn where the socket is a bare one.
const rawReads = true
