//go:build !race

package link

// rawCalls reports whether Read, Ask and Write bypass net.Conn if the socket is a bare one.
const rawCalls = true
