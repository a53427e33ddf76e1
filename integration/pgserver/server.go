package pgserver

import (
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
)

// Password is the password of every role of a server that was started here.
const Password = "postgres"

// Server is a PostgreSQL that tests may use. Its fields are not changed after Find has returned it. It can be written
// as JSON and read back in another process, which does not stop it.
type Server struct {
	Name      string `json:"name"`                 // "pg17", or "given" for DATABASE_URL
	Version   string `json:"version,omitempty"`    // the major version, "17"; empty if unknown
	Source    string `json:"source"`               // its origin, for messages: "docker image postgres:17"
	URL       string `json:"url"`                  // over TCP, as superuser if it was started here
	SocketURL string `json:"socket_url,omitempty"` // over the unix socket; empty if there is none
	CertDir   string `json:"cert_dir,omitempty"`   // see writeCertificates; empty if the server was not started here
	LogFile   string `json:"log_file,omitempty"`   // the server's log; empty if it is kept elsewhere

	stopOnce sync.Once
	stop     func() error
	stopErr  error
}

// DSN returns the server's URL over TCP.
func (s *Server) DSN() string { return s.URL }

// SocketDSN returns the server's URL over its unix socket, or an empty string.
func (s *Server) SocketDSN() string { return s.SocketURL }

// Own reports whether the server was started here, and so has the roles and certificates of the package comment.
func (s *Server) Own() bool { return s.CertDir != "" }

// CAFile returns the file with the certificate authority that signed the server's certificate, in PEM.
func (s *Server) CAFile() string { return filepath.Join(s.CertDir, "ca.crt") }

// As returns the server's URL over TCP for another role, with parameters of the URL's query, given in pairs.
func (s *Server) As(role string, parameters ...string) (string, error) {
	u, err := url.Parse(s.URL)
	if err != nil {
		return "", fmt.Errorf("the server's URL cannot be read: %w", err)
	}
	u.User = url.UserPassword(role, Password)
	q := u.Query()
	for i := 0; i+1 < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// Stop ends a server that was started here and removes its files. It may be called from any goroutine and more than
// once. For a server that was only found it does nothing.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() {
		if s.stop != nil {
			s.stopErr = s.stop()
		}
	})
	return s.stopErr
}

func tcpURL(host, port string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword("postgres", Password),
		Host: cmp.Or(host, "127.0.0.1") + ":" + port, Path: "/postgres", RawQuery: "sslmode=disable",
	}
	return u.String()
}

func socketURL(dir, port string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres"}
	u.RawQuery = url.Values{"host": {dir}, "port": {port}}.Encode()
	return u.String()
}
