//go:build !race

package link

// rawReads reports whether Read bypasses net.Conn if the socket is a bare one.
const rawReads = true
