// Package synthetic is a server that costs next to nothing: it accepts every login, and answers any query with rows
// that were encoded beforehand, as fast as the socket accepts them. So what is measured is the client.
//
// It speaks both forms of a query, simple and extended, and honours CancelRequest. The number and size of the rows are
// in the statement: rows=1000 size=120.
package synthetic

import (
	"errors"
	"net"
	"sync"
)

// Server serves the connections of one listener. Create it with New.
type Server struct {
	results results

	mu       sync.Mutex
	sessions map[uint32]*session // by process id, for CancelRequest
	last     uint32
}

// New returns a server without connections.
func New() *Server {
	return &Server{results: results{bySize: map[int]result{}}, sessions: map[uint32]*session{}}
}

// Serve accepts connections until l is closed, and then returns nil.
func (s *Server) Serve(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go s.serve(conn)
	}
}

func (s *Server) serve(conn net.Conn) {
	c := s.enter(conn)
	defer s.leave(c)
	if c.startup() {
		c.loop()
	}
}

// enter registers a connection, and gives it a process ID.
func (s *Server) enter(conn net.Conn) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	c := newSession(s, conn, s.last)
	s.sessions[c.pid] = c
	return c
}

func (s *Server) leave(c *session) {
	_ = c.conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, c.pid)
}

// cancel stops the result that a session is sending. The secret key is not checked.
func (s *Server) cancel(pid uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.sessions[pid]; c != nil {
		c.cancelled.Store(true)
	}
}
