//go:build linux && (amd64 || arm64 || riscv64 || ppc64le || loong64 || arm)

package link

import (
	"io"
	"net"
	"syscall"
	"unsafe"
)

// rawSocket reads and writes a socket with recvfrom(2) and sendto(2) inside the callbacks of syscall.RawConn. net.Conn
// notifies the scheduler before and after each system call, which may wake another thread, and that is most of what a
// small read or write costs. RawSyscall does not notify it, so a call that blocks would block the scheduler:
// MSG_DONTWAIT prevents that, even if the program has made the descriptor blocking.
//
// It may be used by one goroutine at a time. Deadlines and Close of the net.Conn apply to it as they do to Read and
// Write.
type rawSocket struct {
	rc   syscall.RawConn
	recv func(fd uintptr) bool // r.receive, made once because a method value is an allocation
	snd  func(fd uintptr) bool // r.send

	// State of the read under way.
	p      []byte
	flags  uintptr
	wait   bool
	waited bool
	n      int
	err    syscall.Errno

	// State of Ask and WriteNow.
	question []byte // to be written; by Ask if there is nothing to read
	sent     int    // how much of it was written

	one [1]byte // what Pending reads into
}

// newRawSocket returns nil unless nc is a bare TCP or Unix connection: a wrapper has its own Read, which must be
// called.
func newRawSocket(nc net.Conn) *rawSocket {
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
	r := &rawSocket{rc: rc}
	r.recv, r.snd = r.receive, r.send
	return r
}

// Read waits until there is something to read, and reads once. waited reports whether it had to wait.
func (r *rawSocket) Read(p []byte) (n int, waited bool, err error) {
	n, err = r.read(p, true, 0)
	return n, r.waited, err
}

// ReadNow reads what has arrived; if nothing has, it returns 0 bytes and no error.
func (r *rawSocket) ReadNow(p []byte) (int, error) { return r.read(p, false, 0) }

// Ask reads what has arrived. If nothing has, it writes as much of the question as it can without waiting, and if that
// is the whole question, waits for the answer and reads once. A server on the same processor may answer before the write
// returns, which would look to the scheduler like a long system call.
func (r *rawSocket) Ask(p, question []byte) (n, sent int, err error) {
	r.question, r.sent = question, 0
	n, err = r.read(p, true, 0)
	r.question = nil
	return n, r.sent, err
}

// WriteNow writes as much of p as it can without waiting. It returns no error: the caller then writes the rest through
// net.Conn, which returns any error there is.
func (r *rawSocket) WriteNow(p []byte) (n int) {
	if len(p) == 0 {
		return 0
	}
	r.question, r.sent = p, 0
	_ = r.rc.Write(r.snd) // the deadline has passed, or the socket is closed
	r.question = nil
	return r.sent
}

// Pending reports whether there is something to read, which may be EOF or an error. It consumes nothing.
func (r *rawSocket) Pending() bool {
	n, err := r.read(r.one[:], false, syscall.MSG_PEEK)
	return n > 0 || err != nil
}

func (r *rawSocket) read(p []byte, wait bool, flags uintptr) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	r.p, r.wait, r.flags, r.n, r.err, r.waited = p, wait, flags, 0, 0, false
	err := r.rc.Read(r.recv)
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

// receive is the callback of rc.Read, which calls it again each time the socket becomes readable, until it returns
// true.
func (r *rawSocket) receive(fd uintptr) (done bool) {
	for {
		n, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd,
			uintptr(unsafe.Pointer(&r.p[0])), uintptr(len(r.p)), syscall.MSG_DONTWAIT|r.flags, 0, 0)
		switch {
		case errno == syscall.EINTR:
			continue
		case errno == syscall.EAGAIN && r.wait:
			if len(r.question) > 0 {
				if r.send(fd); r.sent < len(r.question) {
					r.err = errno
					return true
				}
				r.question = nil
				continue // a server on this processor may already have answered
			}
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

// send is the callback of rc.Write, and writes the question once.
func (r *rawSocket) send(fd uintptr) (done bool) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(&r.question[0])),
		uintptr(len(r.question)), syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	if errno == 0 {
		r.sent = int(n)
	}
	return true
}
