//go:build !race

package conn

// rawReads says that bare sockets are read without net.Conn.
const rawReads = true
