package integration_test

import (
	"fmt"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// Two server connections serve six clients: each query may get another backend.
func TestThroughPgBouncer(t *testing.T) {
	t.Parallel()
	b := testbed.Bouncer(t)
	for i := range 6 {
		t.Run(fmt.Sprintf("client %d", i), func(t *testing.T) {
			t.Parallel()
			c := testbed.Connect(t, b)
			for range 20 {
				if got := testbed.Rows(t, testbed.Query(t, c, testbed.Documents(100))); len(got) != 100 {
					t.Fatalf("%d rows of 100", len(got))
				}
			}
		})
	}
}
