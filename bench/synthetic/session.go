package synthetic

import (
	"net"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgproto3"
)

// session is one connection, served by one goroutine; only cancelled is set from elsewhere.
type session struct {
	server     *Server
	conn       net.Conn
	backend    *pgproto3.Backend
	pid        uint32
	statements map[string]request
	portal     request
	cancelled  atomic.Bool
	failed     bool // an error was sent: everything up to Sync is skipped
}

func newSession(s *Server, conn net.Conn, pid uint32) *session {
	return &session{
		server: s, conn: conn, backend: pgproto3.NewBackend(conn, conn), pid: pid, statements: map[string]request{},
	}
}

// startup reads up to the StartupMessage and answers it. It returns false if the connection carried a CancelRequest, or
// failed.
func (c *session) startup() (ready bool) {
	for {
		m, err := c.backend.ReceiveStartupMessage()
		if err != nil {
			return false
		}
		switch m := m.(type) {
		case *pgproto3.SSLRequest, *pgproto3.GSSEncRequest:
			if _, err := c.conn.Write([]byte("N")); err != nil {
				return false
			}
		case *pgproto3.CancelRequest:
			c.server.cancel(m.ProcessID)
			return false
		case *pgproto3.StartupMessage:
			return c.welcome()
		}
	}
}

// welcome accepts the login without a password, and reports the parameters that clients check.
func (c *session) welcome() bool {
	c.backend.Send(&pgproto3.AuthenticationOk{})
	for _, p := range [][2]string{
		{"server_version", "17.0"}, {"server_encoding", "UTF8"}, {"client_encoding", "UTF8"}, {"DateStyle", "ISO, MDY"},
		{"TimeZone", "UTC"}, {"integer_datetimes", "on"}, {"standard_conforming_strings", "on"},
	} {
		c.backend.Send(&pgproto3.ParameterStatus{Name: p[0], Value: p[1]})
	}
	c.backend.Send(&pgproto3.BackendKeyData{ProcessID: c.pid, SecretKey: []byte{0, 0, 0, 1}})
	c.backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return c.backend.Flush() == nil
}

// loop answers messages until the client disconnects.
func (c *session) loop() {
	for {
		m, err := c.backend.Receive()
		if err != nil {
			return
		}
		if _, over := m.(*pgproto3.Terminate); over {
			return
		}
		if err := c.answer(m); err != nil {
			return
		}
	}
}

// answer handles one message. Answers are queued until a Sync, a Flush or the end of a simple query.
func (c *session) answer(m pgproto3.FrontendMessage) error {
	if _, sync := m.(*pgproto3.Sync); c.failed && !sync {
		return nil
	}
	switch m := m.(type) {
	case *pgproto3.Query:
		return c.simple(parseRequest(m.String))
	case *pgproto3.Parse:
		c.statements[m.Name] = parseRequest(m.Query)
		c.backend.Send(&pgproto3.ParseComplete{})
	case *pgproto3.Bind:
		c.portal = c.statements[m.PreparedStatement]
		c.backend.Send(&pgproto3.BindComplete{})
	case *pgproto3.Describe:
		c.describe(m)
	case *pgproto3.Execute:
		return c.execute(c.portal)
	case *pgproto3.Close:
		c.backend.Send(&pgproto3.CloseComplete{})
	case *pgproto3.Flush:
		return c.backend.Flush()
	case *pgproto3.Sync:
		return c.ready()
	}
	return nil
}

func (c *session) ready() error {
	c.failed = false
	c.backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return c.backend.Flush()
}
