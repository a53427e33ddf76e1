package testbed

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// DSN returns the first server's connection string over TCP, for tests whose result does not depend on the server or
// the route.
func DSN(t testing.TB) string {
	t.Helper()
	return Servers(t)[0].DSN()
}

// Routes returns connection strings for the routes to a server, by name: tcp and, if the server has them, unix and tls.
func Routes(t testing.TB, s *pgserver.Server) map[string]string {
	t.Helper()
	r := map[string]string{"tcp": s.DSN()}
	if s.SocketDSN() != "" {
		r["unix"] = s.SocketDSN()
	}
	if s.Own() {
		dsn, err := s.As("postgres", "sslmode", "verify-full", "sslrootcert", s.CAFile())
		if err != nil {
			t.Fatal(err)
		}
		r["tls"] = dsn
	}
	return r
}

// OnServers runs a test on each server, in the subtests pg15, pg17, pg18, or given.
func OnServers(t *testing.T, test func(t *testing.T, s *pgserver.Server)) {
	t.Helper()
	for _, s := range Servers(t) {
		t.Run(s.Name, func(t *testing.T) { test(t, s) })
	}
}

// Scope selects the servers and routes for which OnRoutes runs a test.
type Scope int

const (
	// EveryRoute is every route to every server, for what may depend on the combination of the server's version and the
	// kind of socket.
	EveryRoute Scope = iota
	// EveryServer is every route to the first server, and TCP to the others, for what may depend on the server's
	// version or the kind of socket, but not on their combination.
	EveryServer
	// FirstServer is every route to the first server, for what may depend only on the kind of socket.
	FirstServer
)

// OnRoutes runs a test once for each route in the scope, in subtests such as pg17/tls. The subtests run one after the
// other, unless the test calls t.Parallel.
func OnRoutes(t *testing.T, scope Scope, test func(t *testing.T, dsn string)) {
	t.Helper()
	for i, s := range Servers(t) {
		if i > 0 && scope == FirstServer {
			return
		}
		routes := Routes(t, s)
		if i > 0 && scope == EveryServer {
			routes = map[string]string{"tcp": s.DSN()}
		}
		for name, dsn := range routes {
			t.Run(s.Name+"/"+name, func(t *testing.T) { test(t, dsn) })
		}
	}
}
