package fakepg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// errLeft is the error of a connection that ended before its script began.
var errLeft = fmt.Errorf("the connection has ended before its script: %w", io.EOF)

// Close closes the connection in an orderly way, which under TLS includes close_notify.
func (c *Conn) Close() error {
	_ = c.session.Close()
	c.kill()
	return nil
}

// Reset closes the connection with a TCP reset. A unix socket is closed as by Close, since it has no resets.
func (c *Conn) Reset() error {
	c.killed.Store(true)
	return reset(c.socket.Conn)
}

// CloseWrite closes the server's side for writing, so that the client reads EOF. The script can still read.
func (c *Conn) CloseWrite() error {
	half, ok := c.socket.Conn.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("%T has no CloseWrite", c.socket.Conn)
	}
	return half.CloseWrite()
}

// Silence sends nothing and discards what it reads, until the client closes the connection or the test ends.
func (c *Conn) Silence() error {
	c.drop(func([]byte) bool { return false })
	return nil
}

// linger runs after every script: it discards what it reads until it has read Terminate, and then closes, as a server
// does.
func (c *Conn) linger() error {
	terminate := []byte("X\x00\x00\x00\x04")
	if !bytes.HasSuffix(c.Received(), terminate) {
		c.drop(func(last []byte) bool { return bytes.HasSuffix(last, terminate) })
	}
	return c.Close()
}

// drop reads until the client closes, the test ends, or enough returns true for the bytes just read.
func (c *Conn) drop(enough func(last []byte) bool) {
	stop := c.endWithTest()
	defer stop()
	c.socket.bound = 0
	_ = c.socket.SetReadDeadline(time.Time{})
	buf := make([]byte, 4<<10)
	for {
		n, err := c.session.Read(buf)
		if err != nil || enough(buf[:n]) {
			return
		}
	}
}

// Deaf neither sends nor reads until the test ends, so that the client's writes fill the socket's buffers and block.
func (c *Conn) Deaf() error {
	close(c.deaf)
	<-c.server.ending
	return nil
}

// Wait waits until ready is closed. It fails when the script's deadline passes or the test ends.
func (c *Conn) Wait(ready <-chan struct{}) error {
	timer := time.NewTimer(c.server.settings.deadline)
	defer timer.Stop()
	select {
	case <-ready:
		return nil
	case <-c.server.ending:
		return c.failed("wait", errEnd)
	case <-timer.C:
		return c.failed("wait", os.ErrDeadlineExceeded)
	}
}

// ExpectEOF reads until the client closes, and fails if it does not within the script's deadline. The client may send
// Terminate before.
func (c *Conn) ExpectEOF() error {
	for {
		_, err := c.backend.Receive()
		switch {
		case err == nil:
		case clientLeft(err) && !errors.Is(err, errEnd):
			return nil
		default:
			return c.failed("expect the end", err)
		}
	}
}

// endWithTest closes the connection when the test ends, so that a read without a deadline returns. stop ends this
// watch.
func (c *Conn) endWithTest() (stop func()) {
	over := make(chan struct{})
	go func() {
		select {
		case <-c.server.ending:
			c.kill()
		case <-over:
		}
	}()
	return func() { close(over) }
}
