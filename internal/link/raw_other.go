//go:build !linux || !(amd64 || arm64 || riscv64 || ppc64le || loong64 || arm)

package link

import "net"

// rawReader is implemented only on Linux. Elsewhere newRawReader returns nil, and reads go through net.Conn.
type rawReader struct{}

func newRawReader(net.Conn) *rawReader { return nil }

const noRawReader = "BUG: link: a raw read on a system without one"

func (*rawReader) Read([]byte) (int, bool, error) { panic(noRawReader) }

func (*rawReader) ReadNow([]byte) (int, error) { panic(noRawReader) }

func (*rawReader) Ask([]byte, []byte) (int, int, error) { panic(noRawReader) }

func (*rawReader) Pending() bool { panic(noRawReader) }
