package served

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/fraiseql/fraiseql-wire-go/bench/synthetic"
	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/internal/fakepg"
)

// Via is how a server is reached.
type Via string

// The ways to reach a server.
const (
	Unix Via = "unix"
	TCP  Via = "tcp"
	TLS  Via = "tls"
)

// Server is a synthetic server that is running.
type Server struct {
	via  Via
	addr net.Addr
	stop func()
}

// Start starts a server in this process.
func Start(via Via) (*Server, error) {
	l, remove, err := listen(via)
	if err != nil {
		return nil, err
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = synthetic.New().Serve(l) // ends with the listener
	}()
	return &Server{via: via, addr: l.Addr(), stop: func() { _ = l.Close(); <-over; remove() }}, nil
}

// listen returns a listener for via. A unix socket is created in a new directory, with the name that PostgreSQL gives
// to the socket of a port.
func listen(via Via) (l net.Listener, remove func(), err error) {
	if via != Unix {
		l, err = net.Listen("tcp", "127.0.0.1:0")
		if via == TLS && err == nil {
			l = &tlsListener{l, &tls.Config{
				Certificates: []tls.Certificate{fakepg.TestAuthority().Issue(nil)},
				MinVersion:   tls.VersionTLS12,
			}}
		}
		return l, func() {}, err
	}
	dir, err := os.MkdirTemp("", "served")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	if l, err = net.Listen("unix", filepath.Join(dir, fmt.Sprintf(".s.PGSQL.%d", socketPort))); err != nil {
		remove()
	}
	return l, remove, err
}

// socketPort is the port in the name of a unix socket.
const socketPort = 5432

// Config returns a configuration that connects to the server.
func (s *Server) Config() *conn.Config {
	cfg := &conn.Config{User: "bench", Database: "bench", SSLMode: conn.SSLDisable}
	switch a := s.addr.(type) {
	case *net.TCPAddr:
		cfg.Hosts = []conn.Host{{Name: a.IP.String(), Port: uint16(a.Port)}}
	case *net.UnixAddr:
		cfg.Hosts = []conn.Host{{Name: filepath.Dir(a.Name), Port: socketPort}}
	}
	if s.via == TLS {
		cfg.SSLMode = conn.SSLRequire
		cfg.TLS = &tls.Config{
			RootCAs: fakepg.TestAuthority().Pool(), ServerName: "localhost", MinVersion: tls.VersionTLS12,
		}
	}
	return cfg
}

// Close stops the server.
func (s *Server) Close() { s.stop() }
