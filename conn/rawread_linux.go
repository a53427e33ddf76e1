//go:build linux && (amd64 || arm64 || riscv64 || ppc64le || loong64 || arm)

package conn

import (
	"io"
	"net"
	"syscall"
	"unsafe"
)

// rawReader reads a socket by recvfrom(2) inside the poller's own callback. Against net.Conn's Read it spares the wake-up
// of a scheduler thread at each system call, which is most of what a small read costs. MSG_DONTWAIT keeps a descriptor
// that somebody made blocking from freezing the scheduler: RawSyscall does not tell it.
//
// It is for one goroutine at a time. Deadlines and Close of the net.Conn hold for it as for Read.
type rawReader struct {
	rc    syscall.RawConn
	step  func(fd uintptr) bool // recv, made once: a method value is an allocation
	p     []byte
	flags uintptr
	once  bool // do not wait
	n     int
	err   syscall.Errno
	one   [1]byte

	waited bool // the last Read found nothing at first
}

// newRawReader returns nil for anything but a bare TCP or Unix connection: a wrapper must see its Read called.
func newRawReader(nc net.Conn) *rawReader {
	var rc syscall.RawConn
	var err error
	switch c := nc.(type) {
	case *net.TCPConn:
		rc, err = c.SyscallConn()
	case *net.UnixConn:
		rc, err = c.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	r := &rawReader{rc: rc}
	r.step = r.recv
	return r
}

// Read waits until there is something to read, and reads once.
func (r *rawReader) Read(p []byte) (int, error) { return r.read(p, false, 0) }

// ReadNow reads what has arrived, and 0 bytes without an error where nothing has.
func (r *rawReader) ReadNow(p []byte) (int, error) { return r.read(p, true, 0) }

// Pending says whether there is something to read, an end or an error included. It reads nothing.
func (r *rawReader) Pending() bool {
	n, err := r.read(r.one[:], true, syscall.MSG_PEEK)
	return n > 0 || err != nil
}

func (r *rawReader) read(p []byte, once bool, flags uintptr) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	r.p, r.once, r.flags, r.n, r.err, r.waited = p, once, flags, 0, 0, false
	err := r.rc.Read(r.step)
	r.p = nil
	switch {
	case err != nil:
		return 0, err
	case r.err == syscall.EAGAIN:
		return 0, nil
	case r.err != 0:
		return 0, &net.OpError{Op: "read", Net: "raw", Err: r.err}
	case r.n == 0:
		return 0, io.EOF
	}
	return r.n, nil
}

// recv says whether the poller need not wait.
func (r *rawReader) recv(fd uintptr) bool {
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd,
			uintptr(unsafe.Pointer(&r.p[0])), uintptr(len(r.p)), syscall.MSG_DONTWAIT|r.flags, 0, 0)
		switch {
		case errno == syscall.EINTR:
			continue
		case errno == syscall.EAGAIN && !r.once:
			r.waited = true
			return false
		case errno != 0:
			r.err = errno
			return true
		}
		r.n = int(n)
		return true
	}
}
