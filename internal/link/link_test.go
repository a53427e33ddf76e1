package link_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/link"
)

var (
	past = time.Unix(1, 0)
	far  = time.Now().Add(24 * time.Hour) // longer than any test
)

// wrapper hides the type of a connection.
type wrapper struct{ net.Conn }

// ends are a link and the other end of it.
type ends struct {
	*link.Link
	peer net.Conn
}

// localKinds makes one link for each implementation of reads.
var localKinds = map[string]func(t *testing.T) ends{
	"unix": func(t *testing.T) ends { sock, peer := unixPair(t); return ends{link.New(sock, time.Hour), peer} },
	"without deadlines, wrapper": func(t *testing.T) ends {
		sock, peer := unixPair(t)
		return ends{link.New(link.WithDeadlines(withoutDeadlines{sock}), time.Hour), peer}
	},
	"tls over a wrapper without deadlines": func(t *testing.T) ends {
		sock, peer := unixPair(t)
		return encrypted(t, link.WithDeadlines(withoutDeadlines{sock}), peer)
	},
	"wrapper": func(t *testing.T) ends {
		sock, peer := unixPair(t)
		return ends{link.New(wrapper{sock}, time.Hour), peer}
	},
	"tls": func(t *testing.T) ends { sock, peer := unixPair(t); return encrypted(t, sock, peer) },
	"tls over a wrapper": func(t *testing.T) ends {
		sock, peer := unixPair(t)
		return encrypted(t, wrapper{sock}, peer)
	},
}

func overTCP(t *testing.T) ends {
	sock, peer := pair(t, "tcp", "127.0.0.1:0")
	return ends{link.New(sock, time.Hour), peer}
}

func eachKind(t *testing.T, f func(t *testing.T, l ends)) {
	t.Run("tcp", func(t *testing.T) { t.Parallel(); f(t, overTCP(t)) })
	eachLocalKind(t, f)
}

// eachLocalKind leaves out TCP, where a test cannot know when data has arrived.
func eachLocalKind(t *testing.T, f func(t *testing.T, l ends)) {
	for name, make := range localKinds {
		t.Run(name, func(t *testing.T) { t.Parallel(); f(t, make(t)) })
	}
}

func unixPair(t *testing.T) (sock, peer net.Conn) {
	return pair(t, "unix", filepath.Join(t.TempDir(), "s"))
}

// pair returns a socket, and its other end.
func pair(t *testing.T, network, address string) (sock, peer net.Conn) {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if sock, err = net.Dial(network, listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if peer, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = sock.Close(), peer.Close() })
	return sock, peer
}

// send writes at the other end. Data written to a Unix socket has arrived when Write returns.
func (e ends) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(e.peer, text); err != nil {
		t.Fatal(err)
	}
}

// expect reads until all of text has arrived.
func (e ends) expect(t *testing.T, text string) {
	t.Helper()
	got := ""
	for p := make([]byte, 100); len(got) < len(text); {
		n, _, err := e.Read(p)
		if err != nil {
			t.Fatalf("%q, then %v", got, err)
		}
		got += string(p[:n])
	}
	if got != text {
		t.Errorf("read %q, want %q", got, text)
	}
}

// interruptedRead expects a read to return at once because of a deadline.
func (e ends) interruptedRead(t *testing.T) {
	t.Helper()
	if n, _, err := e.Read(make([]byte, 100)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes and %v, want %v", n, err, os.ErrDeadlineExceeded)
	}
}

// An interrupted read loses no data, and reading goes on after Clear.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, l ends) {
		turn := l.Begin()
		returned := make(chan error)
		go func() {
			_, _, err := l.Read(make([]byte, 100))
			returned <- err
		}()
		l.Interrupt(turn)
		if err := <-returned; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("the read ended with %v", err)
		}
		l.interruptedRead(t)
		l.send(t, "rows")
		l.interruptedRead(t)
		l.Clear(turn)
		l.expect(t, "rows")
	})
}

// An interrupt of a turn that has ended does not affect the next one; neither do its deadline, its Clear and its Abort.
func TestEndedTurnDoesNotAffectTheNext(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, l ends) {
		old := l.Begin()
		l.SetDeadline(old, past)
		l.InterruptWrites(old)
		l.End()
		turn := l.Begin()
		l.Interrupt(old)
		l.InterruptWrites(old)
		l.SetDeadline(old, past)
		l.Abort(old)
		l.send(t, "rows")
		l.expect(t, "rows")
		if _, err := l.Write([]byte("query")); err != nil {
			t.Error(err)
		}
		l.Interrupt(turn)
		l.Clear(old)
		l.interruptedRead(t)
	})
}

// A deadline does not undo an interrupt. It takes effect once the interrupt has been cleared.
func TestDeadlineUnderInterrupt(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, l ends) {
		turn := l.Begin()
		l.Interrupt(turn)
		l.SetDeadline(turn, far)
		l.interruptedRead(t)
		l.SetDeadline(turn, past)
		l.Clear(turn)
		l.interruptedRead(t)
		l.SetDeadline(turn, time.Time{})
		l.send(t, "rows")
		l.expect(t, "rows")
	})
}

// A turn that drains is bounded only by the deadline of the drain.
func TestDrain(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, l ends) {
		turn := l.Begin()
		l.Interrupt(turn)
		l.Drain(far)
		l.Interrupt(turn)
		l.InterruptWrites(turn)
		l.SetDeadline(turn, past)
		l.send(t, "rows")
		l.expect(t, "rows")
		l.Drain(past)
		l.interruptedRead(t)
		l.Begin()
		l.send(t, "more")
		l.expect(t, "more")
	})
}

// Close ends a read under way, and closes the channel of Closed.
func TestClose(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, l ends) {
		turn := l.Begin()
		returned := make(chan error)
		go func() {
			_, _, err := l.Read(make([]byte, 100))
			returned <- err
		}()
		l.Abort(turn)
		if err := <-returned; !errors.Is(err, net.ErrClosed) {
			t.Errorf("the read ended with %v, want %v", err, net.ErrClosed)
		}
		<-l.Closed()
		l.Close()
		l.Interrupt(turn) // has no effect
		if _, err := l.Write([]byte("x")); err == nil {
			t.Error("Write succeeded after Close")
		}
	})
}
