//go:build !linux || !(amd64 || arm64 || riscv64 || ppc64le || loong64 || arm)

package conn

import "net"

// rawReader exists on Linux only; elsewhere net.Conn is read.
type rawReader struct{ waited bool }

func newRawReader(net.Conn) *rawReader { return nil }

func (*rawReader) Read([]byte) (int, error) { panic("BUG: conn: a raw read on a system without one") }

func (*rawReader) ReadNow([]byte) (int, error) {
	panic("BUG: conn: a raw read on a system without one")
}

func (*rawReader) Pending() bool { panic("BUG: conn: a raw read on a system without one") }
