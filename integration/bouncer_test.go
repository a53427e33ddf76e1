package integration_test

import (
	"fmt"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
)

// bouncer is a PgBouncer in transaction mode in front of the first server.
func bouncer(t testing.TB) *pgserver.Bouncer {
	t.Helper()
	ownServers(t)
	b, err := bed.bouncer()
	if err != nil {
		cannot(t, err.Error())
	}
	return b
}

// Two server connections serve six clients: each query may meet another backend.
func TestThroughPgBouncer(t *testing.T) {
	t.Parallel()
	b := bouncer(t)
	for i := range 6 {
		t.Run(fmt.Sprintf("client %d", i), func(t *testing.T) {
			t.Parallel()
			c := connect(t, b.URL)
			for range 20 {
				if got := rows(t, query(t, c, series(100))); len(got) != 100 {
					t.Fatalf("%d rows of 100", len(got))
				}
			}
		})
	}
}
