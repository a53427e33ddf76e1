package fakepg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
)

// Cancel is a CancelRequest that the server has received.
type Cancel struct {
	PID uint32
	Key []byte
}

// CancelHook handles a CancelRequest. c is the connection that it came on, which is closed when the hook returns.
type CancelHook func(c *Conn, r Cancel) error

func (c *Conn) cancelRequest() error {
	if len(c.packet) < 8 {
		return fmt.Errorf("a CancelRequest of %d bytes", len(c.packet))
	}
	r := Cancel{PID: binary.BigEndian.Uint32(c.packet[4:]), Key: c.packet[8:]}
	c.server.mu.Lock()
	c.server.cancels = append(c.server.cancels, r)
	c.server.mu.Unlock()
	if err := c.server.settings.cancel(c, r); err != nil {
		return fmt.Errorf("CancelRequest: %w", err)
	}
	c.kill()
	return nil
}

// Cancels returns the CancelRequests received so far, whatever the hook did with them.
func (s *Server) Cancels() []Cancel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Cancel(nil), s.cancels...)
}

// Forward passes the CancelRequest on to the connection that it is for, as a correct server does. It does nothing if
// the process ID or the key is wrong.
func (s *Server) Forward(r Cancel) {
	for _, c := range s.connections() {
		if c.PID == r.PID && bytes.Equal(c.Key, r.Key) {
			c.SetCancelled()
		}
	}
}

// CancelHonestly forwards the request and closes the connection, as PostgreSQL does.
func CancelHonestly(c *Conn, r Cancel) error {
	c.server.Forward(r)
	return nil
}

// CancelLose closes the connection without cancelling, as a server does that is still reading the command.
func CancelLose(*Conn, Cancel) error { return nil }

// CancelHang forwards the request and never closes the connection.
func CancelHang(c *Conn, r Cancel) error {
	c.server.Forward(r)
	return c.Silence()
}

// CancelHangLose does nothing and never closes the connection.
func CancelHangLose(c *Conn, _ Cancel) error { return c.Silence() }

// CancelReset resets the connection and does nothing else.
func CancelReset(c *Conn, _ Cancel) error { return c.Reset() }

// CancelAfter waits until ready is closed, and then calls next.
func CancelAfter(ready <-chan struct{}, next CancelHook) CancelHook {
	return func(c *Conn, r Cancel) error {
		if err := c.Wait(ready); err != nil {
			return nil // the test has ended
		}
		return next(c, r)
	}
}

// CancelAnswer sends bytes, which no server does, and then calls next.
func CancelAnswer(answer []byte, next CancelHook) CancelHook {
	return func(c *Conn, r Cancel) error {
		if err := c.SendRaw(answer); err != nil {
			return err
		}
		return next(c, r)
	}
}

// CancelNth calls the hooks in turn, one for each request, and the last one for all further requests.
func CancelNth(hooks ...CancelHook) CancelHook {
	return func(c *Conn, r Cancel) error {
		n := len(c.server.Cancels()) - 1
		return hooks[min(n, len(hooks)-1)](c, r)
	}
}

// reset closes a TCP connection with a reset. A unix socket has no resets: it is just closed.
func reset(socket net.Conn) error {
	if tcp, ok := socket.(*net.TCPConn); ok {
		if err := tcp.SetLinger(0); err != nil {
			return err
		}
	}
	return socket.Close()
}
