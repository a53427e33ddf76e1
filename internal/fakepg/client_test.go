package fakepg_test

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

// client is a simple frontend.
type client struct {
	t testing.TB
	net.Conn
	*pgproto3.Frontend
	pid uint32
	key []byte
}

const (
	patience = 3 * time.Minute       // after this time a call is assumed never to return
	short    = 50 * time.Millisecond // for what must be late on any machine
)

func dial(t testing.TB, network, address string) *client {
	t.Helper()
	socket, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	_ = socket.SetDeadline(time.Now().Add(patience))
	return &client{t: t, Conn: socket, Frontend: pgproto3.NewFrontend(socket, socket)}
}

func connect(t testing.TB, srv *fakepg.Server) *client {
	t.Helper()
	network, address := srv.Network()
	return dial(t, network, address)
}

func (c *client) send(messages ...pgproto3.FrontendMessage) {
	c.t.Helper()
	for _, m := range messages {
		c.Send(m)
	}
	if err := c.Flush(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) start() {
	c.t.Helper()
	c.send(&pgproto3.StartupMessage{
		ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "u"},
	})
}

// login logs in, and reads up to ReadyForQuery.
func (c *client) login() {
	c.t.Helper()
	c.start()
	c.untilReady()
}

func (c *client) ask(sql string) {
	c.t.Helper()
	c.send(&pgproto3.Parse{Query: sql}, &pgproto3.Bind{Parameters: [][]byte{[]byte("1"), nil}},
		&pgproto3.Describe{ObjectType: 'P'}, &pgproto3.Execute{}, &pgproto3.Sync{})
}

func (c *client) receive() pgproto3.BackendMessage {
	c.t.Helper()
	m, err := c.Receive()
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// untilReady reads up to ReadyForQuery, and counts the messages by their Go type.
func (c *client) untilReady() (rows int, codes []string) {
	c.t.Helper()
	for {
		switch m := c.receive().(type) {
		case *pgproto3.BackendKeyData:
			c.pid, c.key = m.ProcessID, append([]byte(nil), m.SecretKey...)
		case *pgproto3.DataRow:
			rows++
		case *pgproto3.ErrorResponse:
			codes = append(codes, m.Code)
		case *pgproto3.ReadyForQuery:
			return rows, codes
		}
	}
}

// cancel sends a CancelRequest on a connection of its own, and returns how that connection ended.
func (c *client) cancel(network, address string, bound time.Duration) error {
	c.t.Helper()
	other := dial(c.t, network, address)
	if err := other.SetReadDeadline(time.Now().Add(bound)); err != nil {
		c.t.Fatal(err)
	}
	other.send(&pgproto3.CancelRequest{ProcessID: c.pid, SecretKey: c.key})
	_, err := other.Read(make([]byte, 1))
	return err
}

// encrypt sends an SSLRequest and performs the handshake.
func (c *client) encrypt(cfg *tls.Config) {
	c.t.Helper()
	c.send(&pgproto3.SSLRequest{})
	answer := make([]byte, 1)
	if _, err := io.ReadFull(c.Conn, answer); err != nil || answer[0] != 'S' {
		c.t.Fatalf("answer to SSLRequest: %q, %v", answer, err)
	}
	encrypted := tls.Client(c.Conn, cfg)
	if err := encrypted.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	c.Conn = encrypted
	c.Frontend = pgproto3.NewFrontend(encrypted, encrypted)
}

func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && !op.Timeout()
}

func startupPacket(code uint32, rest string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(rest)))
	return append(binary.BigEndian.AppendUint32(b, code), rest...)
}
