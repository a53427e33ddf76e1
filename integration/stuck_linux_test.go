package integration_test

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// What a server can be told so that it ends a query whose rows nobody takes. Its statement_timeout does not: the server
// looks at it again only when its write has come through. Neither does transaction_timeout for certain: it ends a server
// that can still write a little, and not always one that cannot.
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
			for stuck.Next() { // what had come before
			}
			err = stuck.Err()
		}
		testbed.CheckCategory(t, err, werr.CategoryServer, werr.CategoryIO)
	})
}
