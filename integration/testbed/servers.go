package testbed

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// atOnce is how many tests run at the same time, at least. Most of them wait for a server, or for a timeout.
const atOnce = 16

// Main is called by TestMain. It runs the tests and then stops the servers that they have started.
func Main(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if parallel := flag.Lookup("test.parallel"); !given && parallel != nil {
		if err := parallel.Value.Set(strconv.Itoa(max(atOnce, runtime.GOMAXPROCS(0)))); err != nil {
			panic(err) // it accepts numbers
		}
	}
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintf(os.Stderr, "testbed: stopping what the tests have started: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

// bed has what all tests of a program share. Each part is started when a test first needs it, and lasts until the
// program ends.
type bed struct {
	servers func() ([]*pgserver.Server, error)
	bouncer func() (*pgserver.Bouncer, error)
	command func() (string, error)

	mu      sync.Mutex
	started []func() error
}

var shared = newBed()

func newBed() *bed {
	b := &bed{}
	b.servers = sync.OnceValues(b.findServers)
	b.bouncer = sync.OnceValues(b.startBouncer)
	b.command = sync.OnceValues(b.buildCommand)
	return b
}

func (b *bed) findServers() ([]*pgserver.Server, error) {
	servers, err := pgserver.FromEnvironment()
	if err == nil && len(servers) == 0 {
		servers, err = pgserver.Find(context.Background(), pgserver.Versions, pgserver.Options{Log: os.Stderr})
		for _, s := range servers {
			b.atEnd(s.Stop)
		}
	}
	for _, s := range servers {
		if !s.Own() { // our own servers have JIT turned off already
			s.URL = withoutJIT(s.URL)
		}
	}
	return servers, err
}

// withoutJIT turns off JIT compilation, which the server would use for queries with large results. It takes seconds, in
// which the server does not react to a cancel request, and is useless for results that no test reads to their end.
func withoutJIT(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn // connecting will return the error
	}
	if q := u.Query(); !q.Has("options") {
		q.Set("options", "-c jit=off")
		u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // in a connection URI a plus sign is not a space
	}
	return u.String()
}

func (b *bed) startBouncer() (*pgserver.Bouncer, error) {
	servers, err := b.servers()
	if err != nil {
		return nil, err
	}
	bouncer, err := pgserver.StartBouncer(context.Background(), servers[0], os.Stderr)
	if err == nil {
		b.atEnd(bouncer.Stop)
	}
	return bouncer, err
}

func (b *bed) atEnd(stop func() error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.started = append(b.started, stop)
}

// stop stops everything that was started, in reverse order.
func (b *bed) stop() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, stop := range slices.Backward(b.started) {
		errs = append(errs, stop())
	}
	return errors.Join(errs...)
}

// AtEnd makes Main call stop when all tests have ended. It is for what the tests of a program share.
func AtEnd(stop func() error) { shared.atEnd(stop) }

// Servers returns the PostgreSQL servers of this run, at least one.
func Servers(t testing.TB) []*pgserver.Server {
	t.Helper()
	all, err := shared.servers()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// OwnServers returns the servers that have the roles and certificates of package pgserver. Without one the test cannot
// run.
func OwnServers(t testing.TB) []*pgserver.Server {
	t.Helper()
	own := slices.DeleteFunc(slices.Clone(Servers(t)), func(s *pgserver.Server) bool { return !s.Own() })
	if len(own) == 0 {
		Cannot(t, "needs a server with roles and certificates of its own: unset DATABASE_URL")
	}
	return own
}

// Bouncer returns the URL of a PgBouncer in transaction mode in front of the first server. It rejects run-time
// parameters at login. Without the program pgbouncer the test cannot run.
func Bouncer(t testing.TB) string {
	t.Helper()
	OwnServers(t)
	b, err := shared.bouncer()
	if err != nil {
		Cannot(t, err.Error())
	}
	return b.URL
}

// Cannot ends a test that this machine cannot run. The test is skipped, unless the environment variable CI is true, as
// in the checks before a merge: then it fails.
func Cannot(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// PrivateServer starts a server that the test may disturb. It is stopped when the test ends.
func PrivateServer(t *testing.T) *pgserver.Server {
	t.Helper()
	version := OwnServers(t)[0].Version
	s, err := pgserver.Start(t.Context(), pgserver.Options{Version: version, Log: os.Stderr, Private: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("stopping the server: %v", err)
		}
	})
	return s
}

// SignalStatement returns SQL with which the server sends a signal to one of its processes, because the server may run
// in a container. process is a process ID, or a shell command that prints one in the server's data directory.
func SignalStatement(name, process string) string {
	return fmt.Sprintf("COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; kill -%s %s'", name, process)
}
