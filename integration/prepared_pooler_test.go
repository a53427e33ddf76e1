package integration_test

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
	"github.com/fraiseql/fraiseql-wire-go/stream"
)

// A pooler that does not track prepared statements lends a server connection to one client after the other: each finds
// names that exist already, and others that are missing. Every query is answered nevertheless.
func TestPreparedBehindAPoolerThatDoesNotTrack(t *testing.T) {
	t.Parallel()
	for _, p := range bouncers(t) {
		t.Run(p.Version, func(t *testing.T) {
			t.Parallel()
			var off []string // versions that never track do not have the setting
			if tracks(t, p) {
				off = []string{"max_prepared_statements = 0"}
			}
			testPooled(t, p, false, off...)
		})
	}
}

// A pooler that tracks them prepares a statement if a client gets a connection that lacks it: statements stay prepared.
func TestPreparedBehindAPoolerThatTracks(t *testing.T) {
	t.Parallel()
	found := 0
	for _, p := range bouncers(t) {
		if tracks(t, p) {
			found++
			t.Run(p.Version, func(t *testing.T) {
				t.Parallel()
				testPooled(t, p, true, "max_prepared_statements = 100")
			})
		}
	}
	if found == 0 {
		testbed.Cannot(t, "needs PgBouncer 1.21 or later; on Debian .ci/install-pgbouncer installs one")
	}
}

func bouncers(t *testing.T) []pgserver.BouncerProgram {
	t.Helper()
	testbed.OwnServers(t)
	programs, err := pgserver.FindBouncers(t.Context(), os.Stderr)
	if err != nil {
		testbed.Cannot(t, err.Error())
	}
	return programs
}

func tracks(t *testing.T, p pgserver.BouncerProgram) bool {
	t.Helper()
	yes, err := p.Tracks()
	if err != nil {
		t.Fatal(err)
	}
	return yes
}

func testPooled(t *testing.T, p pgserver.BouncerProgram, tracks bool, settings ...string) {
	b, err := p.Start(t.Context(), testbed.OwnServers(t)[0], settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Run("one connection after the other", func(t *testing.T) { changeBackend(t, b.URL, tracks) })
	t.Run("many clients", func(t *testing.T) { shareBackends(t, b.URL, tracks) })
}

// changeBackend prepares a statement on one of the pooler's two connections, and runs it on the other. A client whose
// statement is missing there, or was prepared there by another client, prepares no more.
func changeBackend(t *testing.T, url string, tracks bool) {
	const sql = "SELECT to_json(pg_backend_pid()) AS data"
	one, two, three := preparing(t, url, 4), preparing(t, url, 4), preparing(t, url, 4)
	prepared, rows, err := runPrepared(t, one, sql)
	if err != nil || !prepared {
		t.Fatalf("the first run: prepared %v, %v", prepared, err)
	}
	other := holdBackend(t, url, rows[0])
	want(t, one, other, tracks, sql) // it is missing there
	want(t, one, other, tracks, sql)
	want(t, two, other, true, sql)
	want(t, three, other, tracks, sql) // another client has prepared it there already
	want(t, three, other, tracks, sql)
}

// holdBackend keeps one of the pooler's two connections to the server busy until the test ends, and returns the backend
// of the other.
func holdBackend(t *testing.T, url, backend string) (other string) {
	t.Helper()
	const endless = "SELECT to_json(pg_backend_pid()) AS data FROM (SELECT generate_series(1, 1000000000)) AS s"
	first := testbed.Begin(t, testbed.Connect(t, url), endless, 1)
	second := testbed.Begin(t, testbed.Connect(t, url), endless, 1)
	if string(first.Row()) != backend {
		first, second = second, first
	}
	if string(first.Row()) != backend {
		t.Fatalf("neither %s nor %s is backend %s", first.Row(), second.Row(), backend)
	}
	other = string(second.Row())
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	return other
}

// shareBackends has six clients run the same three statements.
func shareBackends(t *testing.T, url string, tracks bool) {
	var clients sync.WaitGroup
	for client := range 6 {
		c := preparing(t, url, 4)
		clients.Go(func() {
			last := false
			for i := range 60 {
				s, err := c.QueryArgs(t.Context(), fmt.Sprintf("SELECT to_json($1::int + %d) AS data", i%3), []any{client},
					stream.WithSetting("app.client", fmt.Sprint(client)),
					stream.WithOnEnd(func(sum stream.Summary) { last = sum.Prepared }))
				if err != nil {
					t.Errorf("client %d, query %d: %v", client, i, err)
					return
				}
				if got := testbed.Rows(t, s); len(got) != 1 || got[0] != fmt.Sprint(client+i%3) {
					t.Errorf("client %d, query %d: %q", client, i, got)
				}
			}
			if tracks && !last {
				t.Errorf("client %d does not run prepared statements any more", client)
			}
		})
	}
	clients.Wait()
}
