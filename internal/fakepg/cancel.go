package fakepg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
)

// Cancel is a CancelRequest that has come.
type Cancel struct {
	PID uint32
	Key []byte
}

// CancelHook says what to do with a CancelRequest. c is the connection that it came on; it is closed when the hook
// returns.
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

// Cancels returns the CancelRequests that have come so far, whatever the hook did with them.
func (s *Server) Cancels() []Cancel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Cancel(nil), s.cancels...)
}

// Forward tells the connection that the CancelRequest is for, as a sound server does. It does nothing where the
// process id or the key is wrong.
func (s *Server) Forward(r Cancel) {
	for _, c := range s.connections() {
		if c.PID == r.PID && bytes.Equal(c.Key, r.Key) {
			c.SetCancelled()
		}
	}
}

// CancelHonestly forwards the request and closes, as PostgreSQL does.
func CancelHonestly(c *Conn, r Cancel) error {
	c.server.Forward(r)
	return nil
}

// CancelLose closes without cancelling, as a server does that is still reading the command.
func CancelLose(*Conn, Cancel) error { return nil }

// CancelHang forwards the request and never closes.
func CancelHang(c *Conn, r Cancel) error {
	c.server.Forward(r)
	return c.Silence()
}

// CancelHangLose does nothing and never closes.
func CancelHangLose(c *Conn, _ Cancel) error { return c.Silence() }

// CancelReset answers with a reset and does nothing.
func CancelReset(c *Conn, _ Cancel) error { return c.Reset() }

// CancelAfter waits for the channel before it goes on with next.
func CancelAfter(ready <-chan struct{}, next CancelHook) CancelHook {
	return func(c *Conn, r Cancel) error {
		if err := c.Wait(ready); err != nil {
			return nil // the test has ended before
		}
		return next(c, r)
	}
}

// CancelAnswer sends bytes, which no server does, before it goes on with next.
func CancelAnswer(answer []byte, next CancelHook) CancelHook {
	return func(c *Conn, r Cancel) error {
		if err := c.SendRaw(answer); err != nil {
			return err
		}
		return next(c, r)
	}
}

// CancelNth uses the hooks in turn, and the last one for all that follow.
func CancelNth(hooks ...CancelHook) CancelHook {
	return func(c *Conn, r Cancel) error {
		n := len(c.server.Cancels()) - 1
		return hooks[min(n, len(hooks)-1)](c, r)
	}
}

// reset makes Close send a reset in place of an orderly end. A unix socket has no resets: it is just closed.
func reset(socket net.Conn) error {
	if tcp, ok := socket.(*net.TCPConn); ok {
		if err := tcp.SetLinger(0); err != nil {
			return err
		}
	}
	return socket.Close()
}
