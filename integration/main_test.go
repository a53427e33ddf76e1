package integration_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := bed.stop(); err != nil {
		fmt.Fprintf(os.Stderr, "integration: a server was not stopped: %v\n", err)
		code = 1
	}
	os.Exit(code)
}

// testBed is what all tests share: servers, and a PgBouncer in front of one. Each is started when it is first asked
// for, and lasts until the program's end.
type testBed struct {
	mu      sync.Mutex
	servers func() ([]*pgserver.Server, error)
	bouncer func() (*pgserver.Bouncer, error)
	started []func() error
}

var bed = newTestBed()

func newTestBed() *testBed {
	b := &testBed{}
	b.servers = sync.OnceValues(b.findServers)
	b.bouncer = sync.OnceValues(b.startBouncer)
	return b
}

func (b *testBed) findServers() ([]*pgserver.Server, error) {
	servers, err := pgserver.FromEnvironment()
	if err != nil || len(servers) > 0 {
		return servers, err
	}
	servers, err = pgserver.Find(context.Background(), pgserver.Versions, pgserver.Options{Log: os.Stderr})
	for _, s := range servers {
		b.atEnd(s.Stop)
	}
	return servers, err
}

func (b *testBed) startBouncer() (*pgserver.Bouncer, error) {
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

func (b *testBed) atEnd(stop func() error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.started = append(b.started, stop)
}

// stop ends what was started, the last first.
func (b *testBed) stop() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, stop := range slices.Backward(b.started) {
		errs = append(errs, stop())
	}
	return errors.Join(errs...)
}
