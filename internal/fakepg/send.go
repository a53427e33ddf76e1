package fakepg

import (
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Send sends messages, all of them in one write.
func (c *Conn) Send(messages ...pgproto3.BackendMessage) error {
	return c.SendRaw(Encode(messages...))
}

// SendRaw sends bytes unchanged, in one write.
func (c *Conn) SendRaw(b []byte) error {
	if _, err := c.session.Write(b); err != nil {
		return c.failed("write", err)
	}
	return nil
}

// SendSlowly sends one byte at a time, with a pause after each; if pause is 0, it only yields the processor. The
// network may still deliver several bytes to one Read: a test that must avoid that wraps the client's connection.
func (c *Conn) SendSlowly(b []byte, pause time.Duration) error {
	for i := range b {
		if err := c.SendRaw(b[i : i+1]); err != nil {
			return err
		}
		if pause > 0 {
			time.Sleep(pause)
		} else {
			runtime.Gosched()
		}
	}
	return nil
}

// Encode returns the bytes of messages.
func Encode(messages ...pgproto3.BackendMessage) []byte {
	var b []byte
	for _, m := range messages {
		var err error
		if b, err = m.Encode(b); err != nil {
			panic("BUG: fakepg: a message does not encode: " + err.Error())
		}
	}
	return b
}

// Frame returns a message of any type and body with a correct length.
func Frame(typ byte, body string) []byte { return Claim(typ, uint32(len(body)+4), body) }

// Claim returns a message with the given length field. The correct value would be len(body)+4, since the length
// includes itself.
func Claim(typ byte, length uint32, body string) []byte {
	b := []byte{typ, byte(length >> 24), byte(length >> 16), byte(length >> 8), byte(length)}
	return append(b, body...)
}
