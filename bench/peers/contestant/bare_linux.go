package contestant

import (
	"fmt"
	"io"
	"net"
	"syscall"
	"unsafe"
)

func bareRaw() []Contestant {
	return []Contestant{
		{"bare-raw", "the same loop with recvfrom called straight, once the socket has something", openBare(rawReads)},
	}
}

// rawReads reads without notifying the scheduler of a system call that cannot block.
func rawReads(c net.Conn) (func([]byte) (int, error), error) {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("%T has no socket to read directly: connect with sslmode=disable", c)
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil, err
	}
	var into []byte
	var n int
	var failed syscall.Errno
	step := func(fd uintptr) (done bool) {
		for {
			r, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd,
				uintptr(unsafe.Pointer(&into[0])), uintptr(len(into)), syscall.MSG_DONTWAIT, 0, 0)
			if errno != syscall.EINTR {
				n, failed = int(r), errno
				return errno != syscall.EAGAIN
			}
		}
	}
	return func(p []byte) (int, error) {
		into = p
		if err := raw.Read(step); err != nil {
			return 0, err
		}
		if failed != 0 {
			return 0, failed
		}
		if n == 0 {
			return 0, io.EOF
		}
		return n, nil
	}, nil
}
