package fakepg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// errLeft is a connection that is over although its script has not begun.
var errLeft = fmt.Errorf("the connection is over before its script: %w", io.EOF)

// Close closes the connection in order, TLS included.
func (c *Conn) Close() error {
	_ = c.session.Close()
	c.kill()
	return nil
}

// Reset closes with a TCP reset; a unix socket is just closed.
func (c *Conn) Reset() error {
	c.killed.Store(true)
	return reset(c.socket.Conn)
}

// CloseWrite ends what the client can read, and reads on.
func (c *Conn) CloseWrite() error {
	half, ok := c.socket.Conn.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("%T cannot be closed by half", c.socket.Conn)
	}
	return half.CloseWrite()
}

// Silence says nothing, and reads and drops what comes, until the client closes or the test ends.
func (c *Conn) Silence() error {
	c.drop(func([]byte) bool { return false })
	return nil
}

// linger is what follows a script: silence until Terminate, upon which a server closes.
func (c *Conn) linger() error {
	terminate := []byte("X\x00\x00\x00\x04")
	if !bytes.HasSuffix(c.Received(), terminate) {
		c.drop(func(last []byte) bool { return bytes.HasSuffix(last, terminate) })
	}
	return c.Close()
}

// drop reads until the client closes, the test ends, or enough says so of what was read last.
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

// Deaf says nothing and reads nothing, until the test ends: the client's writes fill the socket and block.
func (c *Conn) Deaf() error {
	close(c.deaf)
	<-c.server.ending
	return nil
}

// Wait waits for the channel. It fails at the script's deadline and at the test's end.
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

// ExpectEOF reads until the client closes, and fails if that does not come within the script's deadline. A Terminate
// may come before it.
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

// endWithTest makes the test's end end a read that has no bound. The function that it returns takes that back.
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
