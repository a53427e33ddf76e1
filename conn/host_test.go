package conn

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHostAddress(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		host                      Host
		network, address, printed string
	}{
		{Host{Name: "h", Port: 1}, "tcp", "h:1", "h:1"},
		{Host{Name: "::1", Port: 1}, "tcp", "[::1]:1", "[::1]:1"},
		{Host{Name: "h", Addr: "::1", Port: 1}, "tcp", "[::1]:1", "h:1 (::1)"},
		{Host{Addr: "10.0.0.1", Port: 1}, "tcp", "10.0.0.1:1", "10.0.0.1:1"},
		{Host{Name: "/tmp", Port: 1}, "unix", "/tmp/.s.PGSQL.1", "/tmp/.s.PGSQL.1"},
		{Host{Name: "./run", Port: 1}, "unix", "./run/.s.PGSQL.1", "./run/.s.PGSQL.1"},
		{Host{Name: "@a", Port: 1}, "unix", "@a/.s.PGSQL.1", "@a/.s.PGSQL.1"},
		{Host{Name: "/tmp", Addr: "::1", Port: 1}, "tcp", "[::1]:1", "/tmp:1 (::1)"},
	} {
		if test.host.network() != test.network || test.host.address() != test.address || test.host.String() != test.printed {
			t.Errorf("%#v: got %s %s, printed %s", test.host, test.host.network(), test.host.address(), test.host)
		}
	}
}

func TestHostsInOrder(t *testing.T) {
	t.Parallel()
	c := &Config{Hosts: []Host{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	listed := slices.Clone(c.Hosts)
	if diff := cmp.Diff(listed, c.hostsInOrder()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.LoadBalanceHosts = LoadBalanceRandom
	first := map[string]bool{}
	for range 200 {
		first[c.hostsInOrder()[0].Name] = true
	}
	if len(first) != 3 || !slices.Equal(c.Hosts, listed) {
		t.Errorf("the hosts tried first are %v, and the list is %v", first, c.Hosts)
	}
}
