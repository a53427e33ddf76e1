package integration_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/fraiseql/fraiseql-wire-go/conn"
	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// onHosts is the DSN with another list of hosts.
func onHosts(t testing.TB, dsn string, hosts ...string) string {
	t.Helper()
	return edited(t, dsn, func(u *url.URL) { u.Host = strings.Join(hosts, ",") })
}

func hostOf(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// The first host that lets us in is taken; those before it cost no more than their timeout.
func TestSeveralHosts(t *testing.T) {
	t.Parallel()
	for _, s := range ownServers(t) {
		live := hostOf(t, s.DSN())
		t.Run(s.Name, func(t *testing.T) {
			for name, hosts := range map[string][]string{
				"the first is dead":      {deadPort(t), live},
				"the first is unknown":   {"db.invalid:5432", live},
				"the first says nothing": {deaf(t), live},
				"all but the last":       {deadPort(t), "db.invalid:1", deadPort(t), live},
				"the first is live":      {live, deadPort(t)},
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					within(t, patience, "connect", func() {
						c := connect(t, onHosts(t, s.DSN(), hosts...)+"&connect_timeout=2")
						usable(t, c, c.PID())
						left := begun(t, c, series(100_000), 10) // a cancel goes to the host that was reached
						if err := left.Close(); err != nil {
							t.Errorf("Close: %v", err)
						}
						usable(t, c, c.PID())
					})
				})
			}
			_, err := conn.Connect(bounded(t), onHosts(t, s.DSN(), deadPort(t), "db.invalid:1"))
			oneLine(t, err)
			if werr.CategoryOf(err) != werr.CategoryConnect || !strings.Contains(err.Error(), "db.invalid") ||
				!strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("all are dead: %v; want both named", err)
			}
		})
	}
}

// These servers are primaries that can be written.
func TestTargetSessionAttrs(t *testing.T) {
	t.Parallel()
	for _, s := range ownServers(t) {
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
				dsn := onHosts(t, s.DSN(), deadPort(t), hostOf(t, s.DSN())) + "&target_session_attrs=" + tt.attrs
				if tt.more != "" {
					dsn += "&options=-c%20" + strings.ReplaceAll(tt.more, "=", "%3D")
				}
				c, err := conn.Connect(bounded(t), dsn)
				if (err == nil) != tt.in {
					t.Fatalf("let in: %v, want %v: %v", err == nil, tt.in, err)
				}
				if err == nil {
					usable(t, c, c.PID())
					closeConn(t, c)
					return
				}
				oneLine(t, err)
				if !strings.Contains(err.Error(), tt.attrs) {
					t.Errorf("%v: want that the text names %s", err, tt.attrs)
				}
			})
		}
	}
}

// Random order meets every host in the end; dead ones do no harm.
func TestLoadBalanceHosts(t *testing.T) {
	t.Parallel()
	var hosts []string
	versions := map[string]bool{}
	own := ownServers(t)
	for _, s := range own {
		hosts = append(hosts, hostOf(t, s.DSN()))
	}
	dsn := onHosts(t, own[0].DSN(), append(hosts, deadPort(t))...) + "&load_balance_hosts=random"
	for range 200 {
		c, err := conn.Connect(bounded(t), dsn)
		if err != nil {
			t.Fatal(err)
		}
		versions[c.ServerParameter("server_version")] = true
		closeConn(t, c)
		if len(versions) == len(own) {
			return
		}
	}
	t.Errorf("of %d servers only %v were met", len(own), versions)
}
