package link_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/link"
)

// withoutDeadlines returns an error when a deadline is set, as the channels of an SSH connection do.
type withoutDeadlines struct{ net.Conn }

var errNoDeadlines = errors.New("deadline not supported")

func (withoutDeadlines) SetDeadline(time.Time) error      { return errNoDeadlines }
func (withoutDeadlines) SetReadDeadline(time.Time) error  { return errNoDeadlines }
func (withoutDeadlines) SetWriteDeadline(time.Time) error { return errNoDeadlines }

// ignoresDeadlines sets deadlines without an error, but also without any effect.
type ignoresDeadlines struct{ net.Conn }

func (ignoresDeadlines) SetDeadline(time.Time) error      { return nil }
func (ignoresDeadlines) SetReadDeadline(time.Time) error  { return nil }
func (ignoresDeadlines) SetWriteDeadline(time.Time) error { return nil }

// A connection on which deadlines can be set is not wrapped.
func TestWithDeadlinesKeepsAConnThatHasThem(t *testing.T) {
	t.Parallel()
	sock, _ := unixPair(t)
	if got := link.WithDeadlines(sock); got != sock {
		t.Errorf("%T is wrapped in %T", sock, got)
	}
}

// A deadline ends a read when it passes, and data that arrives later is not lost.
func TestTimedRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sock, peer := net.Pipe()
		defer peer.Close()
		c := link.WithDeadlines(withoutDeadlines{sock})
		defer c.Close()
		began := time.Now()
		_ = c.SetReadDeadline(began.Add(time.Minute))
		p := make([]byte, 4)
		if n, err := c.Read(p); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read %d bytes and %v", n, err)
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("the read took %v", took)
		}
		if _, err := peer.Write([]byte("rows and more")); err != nil {
			t.Error(err)
		}
		if _, err := c.Read(p); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a read after the deadline: %v", err)
		}
		_ = c.SetReadDeadline(time.Time{})
		for _, want := range []string{"rows", " and", " mor", "e"} {
			if n, err := c.Read(p); err != nil || string(p[:n]) != want {
				t.Errorf("read %q and %v, want %q", p[:n], err, want)
			}
		}
	})
}

// A write that is late closes the socket, and its error is not a timeout.
func TestTimedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sock, peer := net.Pipe()
		defer peer.Close()
		c := link.WithDeadlines(withoutDeadlines{sock})
		_ = c.SetWriteDeadline(time.Now().Add(time.Minute))
		if _, err := c.Write([]byte("query")); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a write that is not read: %v", err)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("the socket is still open")
		}
	})
}

// If deadlines have no effect, a read ends once the link's patience has passed after its deadline, and while draining
// at the deadline. A pause, during which there is no read, may take longer.
func TestDeadlinesWithoutEffect(t *testing.T) {
	const patience = 5 * time.Second
	tests := []struct {
		name  string
		bound func(l *link.Link, turn link.Turn)
		want  time.Duration
	}{
		{"interrupt", func(l *link.Link, turn link.Turn) { l.Interrupt(turn) }, patience},
		{"interrupt of reads and writes", func(l *link.Link, turn link.Turn) { l.InterruptWrites(turn) }, patience},
		{"deadline", func(l *link.Link, turn link.Turn) { l.SetDeadline(turn, time.Now().Add(time.Second)) }, patience + time.Second},
		{"drain", func(l *link.Link, _ link.Turn) { l.Drain(time.Now().Add(time.Second)) }, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sock, peer := net.Pipe()
				defer peer.Close()
				l := link.New(ignoresDeadlines{sock}, patience)
				turn := l.Begin()
				began := time.Now()
				returned := make(chan error)
				go func() {
					_, _, err := l.Read(make([]byte, 1))
					returned <- err
				}()
				synctest.Wait()
				tt.bound(l, turn)
				if err := <-returned; !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("the read ended with %v", err)
				}
				if took := time.Since(began); took != tt.want || !l.Expired() {
					t.Errorf("the read took %v, want %v; closed for that: %v", took, tt.want, l.Expired())
				}
			})
		})
	}
	t.Run("pause", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			sock, peer := net.Pipe()
			defer peer.Close()
			l := ends{link.New(ignoresDeadlines{sock}, patience), peer}
			turn := l.Begin()
			l.Interrupt(turn)
			l.interruptedRead(t)
			time.Sleep(time.Hour)
			l.Clear(turn)
			go func() { _, _ = peer.Write([]byte("rows")) }()
			l.expect(t, "rows")
			time.Sleep(time.Hour)
			l.End()
			if l.Close(); l.Expired() {
				t.Error("closed although no call was blocked")
			}
		})
	})
}
