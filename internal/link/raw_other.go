//go:build !linux || !(amd64 || arm64 || riscv64 || ppc64le || loong64 || arm)

package link

import "net"

// rawSocket is implemented only on Linux. Elsewhere newRawSocket returns nil, and everything goes through net.Conn.
type rawSocket struct{}

func newRawSocket(net.Conn) *rawSocket { return nil }

const noRawSocket = "BUG: link: a raw call on a system without one"

func (*rawSocket) Read([]byte) (int, bool, error) { panic(noRawSocket) }

func (*rawSocket) ReadNow([]byte) (int, error) { panic(noRawSocket) }

func (*rawSocket) Ask([]byte, []byte) (int, int, error) { panic(noRawSocket) }

func (*rawSocket) WriteNow([]byte) int { panic(noRawSocket) }

func (*rawSocket) Pending() bool { panic(noRawSocket) }
