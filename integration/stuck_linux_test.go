package integration_test

import (
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// What a server can be told so that it ends a query whose rows nobody takes. Its statement_timeout does not: the server
// looks at it again only when its write has come through.
func TestServerEndsWhatNobodyReads(t *testing.T) {
	t.Parallel()
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		t.Parallel()
		server := testbed.Observe(t, s.DSN())
		settings := map[string]string{"tcp_user_timeout": "2000"} // ms
		if string(server.Ask("SELECT to_json(current_setting('server_version_num')::int >= 170000) AS data")) == "true" {
			settings["transaction_timeout"] = "2s"
		}
		for name, value := range settings {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c := testbed.Connect(t, s.DSN(), func(cfg *conn.Config) { cfg.RuntimeParams = map[string]string{name: value} })
				stuck, err := c.Query(testbed.Context(t), testbed.Numbered(testbed.Endless, 1000))
				server.WaitGone(c.PID())
				if err == nil {
					for stuck.Next() { // what had come before
					}
					err = stuck.Err()
				}
				testbed.CheckCategory(t, err, werr.CategoryServer, werr.CategoryIO)
				if name == "transaction_timeout" && testbed.SQLState(err) != "25P04" {
					t.Errorf("%v, want SQLSTATE 25P04", err)
				}
			})
		}
	})
}
