package integration_test

import (
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/integration/testbed"
)

// The first host that accepts the login is used; those before it cost no more than their timeout.
func TestSeveralHosts(t *testing.T) {
	t.Parallel()
	for _, s := range testbed.OwnServers(t) {
		live := testbed.HostOf(t, s.DSN())
		t.Run(s.Name, func(t *testing.T) {
			for name, hosts := range map[string][]string{
				"the first is dead":    {testbed.DeadAddress(t), live},
				"the first is unknown": {"db.invalid:5432", live},
				"the first is silent":  {testbed.SilentAddress(t), live},
				"all but the last":     {testbed.DeadAddress(t), "db.invalid:1", testbed.DeadAddress(t), live},
				"the first is live":    {live, testbed.DeadAddress(t)},
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					testbed.Ends(t, "connect", func() {
						c := testbed.Connect(t, testbed.OnHosts(t, s.DSN(), hosts...)+"&connect_timeout=2")
						testbed.Usable(t, c, c.PID())
						left := testbed.Begin(t, c, testbed.Documents(100_000), 10) // a cancel goes to the host that was reached
						if err := left.Close(); err != nil {
							t.Errorf("Close: %v", err)
						}
						testbed.Usable(t, c, c.PID())
					})
				})
			}
			_, err := conn.Connect(testbed.Context(t), testbed.OnHosts(t, s.DSN(), testbed.DeadAddress(t), "db.invalid:1"))
			testbed.CheckOneLine(t, err)
			if werr.CategoryOf(err) != werr.CategoryConnect || !strings.Contains(err.Error(), "db.invalid") ||
				!strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("all are dead: %v; want both of them named", err)
			}
		})
	}
}

// These servers are primaries that accept writes.
func TestTargetSessionAttrs(t *testing.T) {
	t.Parallel()
	for _, s := range testbed.OwnServers(t) {
		for _, tt := range []struct {
			attrs, more string
			in          bool
		}{
			{"any", "", true},
			{"primary", "", true},
			{"read-write", "", true},
			{"prefer-standby", "", true},
			{"standby", "", false},
			{"read-only", "", false},
			{"read-only", "default_transaction_read_only=on", true},
			{"read-write", "default_transaction_read_only=on", false},
			{"primary", "default_transaction_read_only=on", true},
		} {
			t.Run(s.Name+"/"+tt.attrs+" "+tt.more, func(t *testing.T) {
				t.Parallel()
				dsn := testbed.OnHosts(t, s.DSN(), testbed.DeadAddress(t), testbed.HostOf(t,
					s.DSN())) + "&target_session_attrs=" + tt.attrs
				if tt.more != "" {
					dsn += "&options=-c%20" + strings.ReplaceAll(tt.more, "=", "%3D")
				}
				c, err := conn.Connect(testbed.Context(t), dsn)
				if (err == nil) != tt.in {
					t.Fatalf("connected: %v, want %v: %v", err == nil, tt.in, err)
				}
				if err == nil {
					testbed.Usable(t, c, c.PID())
					testbed.Close(t, c)
					return
				}
				testbed.CheckOneLine(t, err)
				if !strings.Contains(err.Error(), tt.attrs) {
					t.Errorf("%v: want the text to name %s", err, tt.attrs)
				}
			})
		}
	}
}

// A random order eventually reaches every host; dead ones do no harm.
func TestLoadBalanceHosts(t *testing.T) {
	t.Parallel()
	var hosts []string
	versions := map[string]bool{}
	own := testbed.OwnServers(t)
	for _, s := range own {
		hosts = append(hosts, testbed.HostOf(t, s.DSN()))
	}
	dsn := testbed.OnHosts(t, own[0].DSN(), append(hosts, testbed.DeadAddress(t))...) + "&load_balance_hosts=random"
	for range 200 {
		c, err := conn.Connect(testbed.Context(t), dsn)
		if err != nil {
			t.Fatal(err)
		}
		versions[c.ServerParameter("server_version")] = true
		testbed.Close(t, c)
		if len(versions) == len(own) {
			return
		}
	}
	t.Errorf("of %d servers only %v were reached", len(own), versions)
}
