package link_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/link"
)

// Write writes all of a message of any length.
func TestWrite(t *testing.T) {
	t.Parallel()
	for name, repeats := range map[string]int{"nothing": 0, "small": 1, "more than a socket takes": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachKind(t, func(t *testing.T, l ends) {
				message := bytes.Repeat([]byte("message"), repeats)
				got := make([]byte, len(message))
				read := make(chan error, 1)
				go func() {
					_, err := io.ReadFull(l.peer, got)
					read <- err
				}()
				n, err := l.Write(message)
				if err = errors.Join(err, <-read); err != nil {
					t.Fatal(err)
				}
				if n != len(message) || !bytes.Equal(got, message) {
					t.Errorf("%d bytes of %d were written, and the peer received %d equal ones",
						n, len(message), commonPrefix(got, message))
				}
			})
		})
	}
}

func commonPrefix(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// A write that is interrupted returns how much was written, and the peer gets exactly that.
func TestWriteInterrupted(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"before": false, "during": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sock, peer := unixPair(t)
			l := link.New(sock, time.Hour)
			turn := l.Begin()
			first := make([]byte, 1)
			if !late {
				l.InterruptWrites(turn)
			} else {
				go func() {
					_, _ = io.ReadFull(peer, first) // the write has begun, and cannot end
					l.InterruptWrites(turn)
				}()
			}
			n, err := l.Write(make([]byte, 64<<20))
			if !errors.Is(err, os.ErrDeadlineExceeded) || late != (n > 0) {
				t.Errorf("%d bytes were written, error %v", n, err)
			}
			l.Close()
			rest, err := io.Copy(io.Discard, peer)
			if late {
				rest++ // first
			}
			if err != nil || rest != int64(n) {
				t.Errorf("the peer received %d bytes, error %v; %d were written", rest, err, n)
			}
		})
	}
}
