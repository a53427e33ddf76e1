package fakepg

import "time"

// Option configures a Server.
type Option func(*settings)

type settings struct {
	cancel   CancelHook
	ssl      SSLHook
	deadline time.Duration
	tolerant bool
	raw      bool
}

func defaults() settings {
	return settings{cancel: CancelHonestly, ssl: RefuseTLS, deadline: time.Minute}
}

// OnCancel sets the hook for CancelRequests; the default is CancelHonestly.
func OnCancel(h CancelHook) Option { return func(s *settings) { s.cancel = h } }

// OnSSLRequest sets the hook for SSLRequests; the default is RefuseTLS.
func OnSSLRequest(h SSLHook) Option { return func(s *settings) { s.ssl = h } }

// Deadline sets the timeout of every read and every write of a script; the default is one minute.
func Deadline(d time.Duration) Option { return func(s *settings) { s.deadline = d } }

// Tolerant lets the client leave at any time without failing the test.
func Tolerant() Option { return func(s *settings) { s.tolerant = true } }

// Raw runs the script as soon as a connection is accepted, before anything is read. The script must then handle
// CancelRequests and SSLRequests itself; see Conn.Startup.
func Raw() Option { return func(s *settings) { s.raw = true } }
