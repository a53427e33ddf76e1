package fakepg

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgproto3"
)

// blockSize is how much the row server writes at once, in bytes.
const blockSize = 256 << 10

// ServeRows is a server at full speed, for benchmarks: it lets everyone in and answers every query with rows of size
// bytes of JSON each, as many as rows says, without end where that is negative. What it writes was made before. It
// speaks the simple and the extended protocol, obeys CancelRequests, and needs no test. It returns when the listener
// is closed, and closes its connections then. A size below 10 bytes is taken as 10.
func ServeRows(l net.Listener, rows, size int) error {
	s := newRowServer(rows, size)
	defer s.closeAll()
	for {
		socket, err := l.Accept()
		if err != nil {
			return fmt.Errorf("fakepg: row server: %w", err)
		}
		s.admit(socket)
		go func() {
			defer s.handlers.Done()
			s.serve(socket)
		}()
	}
}

type rowServer struct {
	rows  int
	frame int    // bytes of one DataRow
	block []byte // whole DataRows

	handlers sync.WaitGroup
	mu       sync.Mutex
	conns    map[uint32]*rowConn
	sockets  map[net.Conn]bool
	pid      uint32
}

type rowConn struct {
	key       []byte
	cancelled atomic.Bool
}

func newRowServer(rows, size int) *rowServer {
	size = max(size, len(`{"pad":""}`))
	json := `{"pad":"` + string(bytes.Repeat([]byte{'x'}, size-len(`{"pad":""}`))) + `"}`
	frame := Encode(Row(json))
	block := bytes.Repeat(frame, max(blockSize/len(frame), 1))
	return &rowServer{
		rows: rows, frame: len(frame), block: block,
		conns: map[uint32]*rowConn{}, sockets: map[net.Conn]bool{},
	}
}

func (s *rowServer) admit(socket net.Conn) {
	s.handlers.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets[socket] = true
}

func (s *rowServer) serve(socket net.Conn) {
	defer func() {
		_ = socket.Close()
		s.mu.Lock()
		delete(s.sockets, socket)
		s.mu.Unlock()
	}()
	if s.startup(socket) != nil {
		return
	}
	c := &rowConn{key: make([]byte, 4)}
	_, _ = rand.Read(c.key)
	pid := s.enter(c)
	defer s.leave(pid)
	backend := pgproto3.NewBackend(socket, socket)
	greeting := append(Encode(&pgproto3.AuthenticationOk{}), Parameters()...)
	greeting = append(greeting, Encode(&pgproto3.BackendKeyData{ProcessID: pid, SecretKey: c.key}, Ready())...)
	if _, err := socket.Write(greeting); err != nil {
		return
	}
	for s.answer(socket, backend, c) == nil {
	}
}

// startup reads up to the StartupMessage. An error also ends a connection that brought a CancelRequest.
func (s *rowServer) startup(socket net.Conn) error {
	for {
		var header [8]byte
		if _, err := io.ReadFull(socket, header[:]); err != nil {
			return err
		}
		size, code := binary.BigEndian.Uint32(header[:]), binary.BigEndian.Uint32(header[4:])
		if size < minStartup || size > maxStartup {
			return fmt.Errorf("a startup packet claims %d bytes", size)
		}
		rest := make([]byte, size-8)
		if _, err := io.ReadFull(socket, rest); err != nil {
			return err
		}
		switch code {
		case codeSSL, codeGSS:
			if _, err := socket.Write([]byte{'N'}); err != nil {
				return err
			}
		case codeCancel:
			s.cancel(rest)
			return io.EOF
		default:
			return nil
		}
	}
}

func (s *rowServer) enter(c *rowConn) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pid++
	s.conns[s.pid] = c
	return s.pid
}

func (s *rowServer) leave(pid uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, pid)
}

func (s *rowServer) cancel(request []byte) {
	if len(request) < 4 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conns[binary.BigEndian.Uint32(request)]
	if c != nil && bytes.Equal(c.key, request[4:]) {
		c.cancelled.Store(true)
	}
}

// answer reads one message and answers what it asks for.
func (s *rowServer) answer(socket net.Conn, backend *pgproto3.Backend, c *rowConn) error {
	m, err := backend.Receive()
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *pgproto3.Terminate:
		return io.EOF
	case *pgproto3.Query:
		if m.String == "" {
			_, err = socket.Write(Encode(&pgproto3.EmptyQueryResponse{}, Ready()))
			return err
		}
		return s.stream(socket, c, Encode(Data()))
	case *pgproto3.Sync:
		return s.stream(socket, c, Encode(&pgproto3.ParseComplete{}, &pgproto3.BindComplete{}, Data()))
	}
	return nil
}

func (s *rowServer) stream(socket net.Conn, c *rowConn, head []byte) error {
	c.cancelled.Store(false)
	if _, err := socket.Write(head); err != nil {
		return err
	}
	perBlock := len(s.block) / s.frame
	for left := s.rows; left != 0; {
		if c.cancelled.Load() {
			_, err := socket.Write(Encode(Canceled(), Ready()))
			return err
		}
		n := perBlock
		if left > 0 {
			n = min(n, left)
			left -= n
		}
		if _, err := socket.Write(s.block[:n*s.frame]); err != nil {
			return err
		}
	}
	_, err := socket.Write(End(s.rows))
	return err
}

func (s *rowServer) closeAll() {
	s.mu.Lock()
	for socket := range s.sockets {
		_ = socket.Close()
	}
	s.mu.Unlock()
	s.handlers.Wait()
}
