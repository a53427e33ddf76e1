package testbed

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// DSN is the first server's connection string over TCP: for tests of the library that every server and every route
// would answer alike.
func DSN(t testing.TB) string {
	t.Helper()
	return Servers(t)[0].DSN()
}

// Routes are the ways to a server, by name: tcp, and where the server has them unix and tls.
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

// Scope says on which servers, by which routes, OnRoutes runs a test.
type Scope int

const (
	// EveryRoute is every route to every server: for what a server's version or the socket's kind may change.
	EveryRoute Scope = iota
	// EveryServer is every route to the first server, and TCP to the others: for what a server's version may change, and
	// the socket's kind, but not the two together.
	EveryServer
	// FirstServer is every route to the first server: for what the socket's kind alone may change.
	FirstServer
)

// OnRoutes runs a test once for each route in the scope, in subtests such as pg17/tls. The subtests are one after the
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
