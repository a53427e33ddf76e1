package link_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os/user"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
	"github.com/fraiseql/fraiseql-wire-go/internal/link"
)

// seesArrived reports whether a link can know that data has arrived, and which user runs the peer.
const seesArrived = runtime.GOOS == "linux"

// encrypted returns a link over TLS.
func encrypted(t *testing.T, sock, peer net.Conn) ends {
	t.Helper()
	server := tls.Server(peer, &tls.Config{Certificates: []tls.Certificate{fakepg.TestAuthority().Issue(nil)}})
	below := &link.BelowTLS{Conn: sock}
	client := tls.Client(below, &tls.Config{InsecureSkipVerify: true}) // the server's identity does not matter here
	failed := make(chan error, 1)
	go func() { failed <- server.Handshake() }()
	if err := errors.Join(client.Handshake(), <-failed); err != nil {
		t.Fatal(err)
	}
	return ends{link.NewTLS(client, below, time.Hour), server}
}

// ReadArrived reads what has arrived, if that can be known, and never waits.
func TestReadArrived(t *testing.T) {
	t.Parallel()
	eachLocalKind(t, func(t *testing.T, l ends) {
		seen := !strings.Contains(t.Name(), "wrapper") && seesArrived
		p := make([]byte, 100)
		if n, err := l.ReadArrived(p); n != 0 || err != nil {
			t.Errorf("%d bytes and %v although nothing has arrived", n, err)
		}
		l.send(t, "rows")
		n, err := l.ReadArrived(p)
		switch {
		case err != nil:
			t.Error(err)
		case seen && string(p[:n]) != "rows":
			t.Errorf("read %q, want all that has arrived", p[:n])
		case !seen && n > 0:
			t.Errorf("read %q although arrivals cannot be known", p[:n])
		case !seen:
			l.expect(t, "rows")
		}
		l.send(t, "more")
		l.expect(t, "more")
	})
}

// Read reports whether it had to wait. With a wrapper this is not known, and it reports true.
func TestReadWaited(t *testing.T) {
	t.Parallel()
	eachLocalKind(t, func(t *testing.T, l ends) {
		l.send(t, "rows")
		_, waited, err := l.Read(make([]byte, 100))
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Contains(t.Name(), "wrapper") || !seesArrived; waited != want {
			t.Errorf("waited: %v, want %v", waited, want)
		}
	})
}

// When the peer has closed the connection, both reads that wait and reads that do not return io.EOF.
func TestReadAtTheEnd(t *testing.T) {
	t.Parallel()
	eachKind(t, func(t *testing.T, l ends) {
		l.send(t, "last")
		if err := l.peer.Close(); err != nil {
			t.Fatal(err)
		}
		l.expect(t, "last")
		if _, _, err := l.Read(make([]byte, 100)); err != io.EOF {
			t.Errorf("at the end: %v, want %v", err, io.EOF)
		}
		l.AwaitEOF(100)
	})
}

// PeerUser works for Unix sockets only.
func TestPeerUser(t *testing.T) {
	t.Parallel()
	sock, _ := unixPair(t)
	name, err := link.PeerUser(sock)
	if seesArrived { // Linux
		me, failed := user.Current()
		if err != nil || failed != nil || name != me.Username {
			t.Errorf("the server is run by %q, %v; this process by %v, %v", name, err, me, failed)
		}
	} else if err != link.ErrPeerUnknown {
		t.Errorf("%q and %v, want %v", name, err, link.ErrPeerUnknown)
	}
	if _, err := link.PeerUser(wrapper{sock}); err != link.ErrPeerUnknown {
		t.Errorf("behind a wrapper: %v, want %v", err, link.ErrPeerUnknown)
	}
}
