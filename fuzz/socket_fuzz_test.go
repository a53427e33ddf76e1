//go:build unix

package fuzz

import (
	"context"
	"net"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/conn"
)

// hopeless is the time after which a call of FuzzSocket is considered never to return. It is real time.
const hopeless = 3 * time.Minute

// FuzzSocket is FuzzConnection over a real socket, which is read differently, and in real time: one query, and a
// server that always ends. It has the same input. Statements have no names, because here it depends on timing how
// much has arrived before a second message is sent.
func FuzzSocket(f *testing.F) {
	f.Add([]byte(described+threeRows+selected3), []byte{40}, uint32(framed|readAhead), uint8(0))
	f.Fuzz(func(t *testing.T, answer, sizes []byte, choose uint32, stops uint8) {
		ch := choice(choose) &^ (silent | atOnce | early | stiff | cancelHangs | timeouts | paused | told | way2 | prepared)
		if ch.has(framed) {
			answer = frames(answer)
		}
		if len(answer) > 1<<20 {
			return
		}
		m := &meeting{T: t, choice: ch, w: newWire(), stops: int(stops)}
		m.overSocket(answer, sizes)
	})
}

func (m *meeting) overSocket(answer, sizes []byte) {
	login, _ := soundLogin(m.choice)
	client, server := socketPair(m.T)
	over := make(chan struct{})
	go func() {
		defer close(over)
		serveBytes(server, login, answer, sizes)
	}()

	// The wire is not read: it only describes what is available.
	m.w.all, m.w.end = slices.Concat(login, answer), eof
	m.w.there, m.w.given, m.at, m.asked = len(login), len(login), len(login), len(m.w.all)
	m.w.release = func([]byte) int { return 0 }
	ctx, stop := context.WithTimeout(context.Background(), hopeless)
	defer stop()
	var err error
	if m.c, err = conn.ConnectConfig(ctx, &conn.Config{
		Hosts: []conn.Host{{Name: "/wire"}}, User: "u", CancelTimeout: cancelBound,
		MaxRowSize: m.maxRow(), MaxMessageSize: m.maxMessage(),
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if !m.dialled {
				m.dialled = true
				return client, nil
			}
			return m.dial(ctx, network, address)
		},
	}); err != nil {
		m.Fatalf("login: %v", err)
	}
	start := m.w.progress()
	got := m.ask(ctx, stop)
	for s := m.c.State(); s != conn.Idle && s != conn.Closed; s = m.c.State() {
		if ctx.Err() != nil {
			m.Fatalf("the connection remains %v", s)
		}
		time.Sleep(50 * time.Microsecond)
	}
	m.compare(m.expect(start), got)
	if err := m.c.Close(ctx); err != nil {
		m.Errorf("Conn.Close: %v", err)
	}
	<-over
}

// serveBytes answers the first message with the login, the second with the answer, and ends.
func serveBytes(server net.Conn, login, answer, sizes []byte) {
	defer server.Close() // its error does not matter
	_ = server.SetDeadline(time.Now().Add(hopeless))
	buf := make([]byte, 4096)
	if _, err := server.Read(buf); err != nil {
		return
	}
	if _, err := server.Write(login); err != nil {
		return
	}
	if _, err := server.Read(buf); err != nil {
		return
	}
	for i := 0; len(answer) > 0; i++ {
		n := len(answer)
		if len(sizes) > 0 && sizes[i%len(sizes)] > 0 {
			n = min(n, int(sizes[i%len(sizes)]))
		}
		if _, err := server.Write(answer[:n]); err != nil {
			return
		}
		answer = answer[n:]
	}
}

// socketPair returns the two ends of a Unix socket.
func socketPair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	open := func(fd int) net.Conn {
		file := os.NewFile(uintptr(fd), "socket")
		defer file.Close() // the connection has its own descriptor
		c, err := net.FileConn(file)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	return open(fds[0]), open(fds[1])
}
