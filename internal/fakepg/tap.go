package fakepg

import (
	"net"
	"sync"
	"time"
)

// tap is a connection whose reads and writes have a timeout, and whose reads are recorded.
type tap struct {
	net.Conn
	bound time.Duration // timeout of one read or write; 0: none

	mu     sync.Mutex
	record []byte
	split  int // bytes recorded when TLS began
}

func (t *tap) Read(p []byte) (int, error) {
	t.arm(t.SetReadDeadline)
	n, err := t.Conn.Read(p)
	t.mu.Lock()
	t.record = append(t.record, p[:n]...)
	t.mu.Unlock()
	return n, err
}

func (t *tap) Write(p []byte) (int, error) {
	t.arm(t.SetWriteDeadline)
	return t.Conn.Write(p)
}

func (t *tap) arm(set func(time.Time) error) {
	if t.bound > 0 {
		_ = set(time.Now().Add(t.bound))
	}
}

func (t *tap) taken() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.record...)
}

// mark records that all further reads are encrypted.
func (t *tap) mark() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.split = len(t.record)
}

// before returns what was read before mark.
func (t *tap) before() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.record[:t.split]...)
}
