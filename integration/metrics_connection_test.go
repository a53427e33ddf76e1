package integration_test

import (
	"context"
	"net"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	"github.com/fraiseql/fraiseql-wire-go/integration/pgserver"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// The metrics of connections have no entity, so these tests run alone, and check differences.

func TestMetricsOfConnections(t *testing.T) {
	testbed.OnRoutes(t, testbed.EveryRoute, func(t *testing.T, dsn string) {
		before := testbed.ReadPage(t, "fraiseql_")
		c, err := conn.Connect(testbed.Context(t), dsn)
		if err != nil {
			t.Fatal(err)
		}
		open := testbed.ReadPage(t, "fraiseql_").Since(before)
		testbed.Close(t, c)
		closed := testbed.ReadPage(t, "fraiseql_").Since(before)
		transports, tried := map[string]float64{}, map[string]float64{}
		for _, transport := range []string{"tcp", "unix", "tls"} {
			transports[transport] = open.Get("fraiseql_connections_created_total", "transport", transport)
		}
		if transports["tcp"]+transports["unix"]+transports["tls"] != 1 {
			t.Errorf("connections created: %v", transports)
		}
		for _, mechanism := range []string{"trust", "scram-sha-256", "scram-sha-256-plus", "md5", "password"} {
			tried[mechanism] = open.Get("fraiseql_authentications_total", "mechanism", mechanism)
			if ok := open.Get("fraiseql_authentications_successful_total", "mechanism", mechanism); ok != tried[mechanism] {
				t.Errorf("%s: %v logins of %v", mechanism, ok, tried[mechanism])
			}
			if took := open.Get("fraiseql_auth_duration_ms_count", "mechanism", mechanism); took != tried[mechanism] {
				t.Errorf("%s: %v durations of %v", mechanism, took, tried[mechanism])
			}
		}
		sum := 0.0
		for _, n := range tried {
			sum += n
		}
		if sum != 1 {
			t.Errorf("logins: %v", tried)
		}
		open.Check(t, testbed.Wants{"fraiseql_active_connections": 1})
		closed.Check(t, testbed.Wants{"fraiseql_active_connections": 0})
	})
}

func TestMetricsOfFailedConnections(t *testing.T) {
	refused := func(cfg *conn.Config) {
		cfg.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }
	}
	for name, tt := range map[string]struct {
		change func(*conn.Config)
		phase  string
	}{
		"no listener": {refused, "dial"},
		"no database": {func(cfg *conn.Config) { cfg.Database = "wire_nowhere" }, "session"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := conn.ParseConfig(testbed.DSN(t))
			if err != nil {
				t.Fatal(err)
			}
			tt.change(cfg)
			before := testbed.ReadPage(t, "fraiseql_")
			if _, err := conn.ConnectConfig(testbed.Context(t), cfg); err == nil {
				t.Fatal("connected")
			}
			failed := 0.0
			for series, n := range testbed.ReadPage(t, `phase="`+tt.phase+`"`) {
				failed += n - before[series]
			}
			if failed != 1 {
				t.Errorf("%v failures in the phase %s", failed, tt.phase)
			}
			testbed.ReadPage(t, "fraiseql_").Since(before).Check(t, testbed.Wants{"fraiseql_active_connections": 0})
		})
	}
}

func TestMetricsOfRefusedLogins(t *testing.T) {
	testbed.OwnServers(t)
	testbed.OnServers(t, func(t *testing.T, s *pgserver.Server) {
		for role, mechanism := range map[string]string{
			"wire_scram": "scram-sha-256", "wire_md5": "md5", "wire_clear": "password",
		} {
			t.Run(role, func(t *testing.T) {
				dsn, err := s.As(role)
				if err != nil {
					t.Fatal(err)
				}
				cfg, err := conn.ParseConfig(dsn)
				if err != nil {
					t.Fatal(err)
				}
				cfg.Password = "not this one"
				before := testbed.ReadPage(t, "fraiseql_")
				if _, err := conn.ConnectConfig(testbed.Context(t), cfg); err == nil {
					t.Fatal("the login was accepted")
				}
				after := testbed.ReadPage(t, "fraiseql_").Since(before)
				after.Check(t, testbed.Wants{"fraiseql_authentications_total mechanism " + mechanism: 1,
					"fraiseql_authentications_successful_total mechanism " + mechanism:           0,
					"fraiseql_auth_duration_ms_count mechanism " + mechanism:                     1,
					"fraiseql_connections_failed_total phase authentication error_category auth": 1})
				failed := 0.0
				for series, n := range testbed.ReadPage(t, "fraiseql_authentications_failed_total{") {
					failed += n - before[series]
				}
				if failed != 1 {
					t.Errorf("%v refused logins were counted", failed)
				}
			})
		}
	})
}
