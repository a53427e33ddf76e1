package fakepg

import "time"

// Option sets something at the start of a Server.
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

// OnCancel says what to do with CancelRequests; default CancelHonestly.
func OnCancel(h CancelHook) Option { return func(s *settings) { s.cancel = h } }

// OnSSLRequest says how to answer an SSLRequest; default RefuseTLS.
func OnSSLRequest(h SSLHook) Option { return func(s *settings) { s.ssl = h } }

// Deadline bounds every read and every write of a script; default a minute.
func Deadline(d time.Duration) Option { return func(s *settings) { s.deadline = d } }

// Tolerant lets the client leave at any moment: that is then no failure of the test.
func Tolerant() Option { return func(s *settings) { s.tolerant = true } }

// Raw runs the script at once when a connection is accepted, before anything is read. CancelRequests and SSLRequests
// are then the script's own affair; see Conn.Startup.
func Raw() Option { return func(s *settings) { s.raw = true } }
