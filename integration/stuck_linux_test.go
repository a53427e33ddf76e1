package integration_test

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// Settings with which a server ends a query whose rows nobody takes. statement_timeout does not: the server checks it
// only when its write has finished. transaction_timeout does not do it reliably: it ends a query whose server can still
// write a little, but not always one that cannot.
func TestServerEndsWhatNobodyReads(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		server := testbed.Observe(t, s.DSN())
		c := testbed.Connect(t, s.DSN(), func(cfg *conn.Config) {
			cfg.RuntimeParams = map[string]string{"tcp_user_timeout": "2000"} // ms
		})
		stuck, err := c.Query(testbed.Context(t), testbed.Numbered(testbed.Endless, 1000))
		server.WaitGone(c.PID())
		if err == nil {
			for stuck.Next() { // rows that had arrived before
			}
			err = stuck.Err()
		}
		testbed.CheckCategory(t, err, werr.CategoryServer, werr.CategoryIO)
	})
}
