package conn

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

func TestLiteralResolves(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	variables := map[string]string{"PGHOST": "env", "PGUSER": "env", "PGSSLMODE": "require"}
	got, err := (&Config{Hosts: []Host{{Name: "h"}}}).resolveIn(testEnvironment(variables, files))
	if err != nil {
		t.Fatal(err)
	}
	if diff := diffConfig(parsed(withHosts(Host{Name: "h", Port: 5432})), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResolveKeepsTheOriginal(t *testing.T) {
	t.Parallel()
	c := &Config{Hosts: []Host{{}}, TLS: &tls.Config{ServerName: "x"}}
	resolved, err := c.resolve()
	if err != nil {
		t.Fatal(err)
	}
	if resolved.User == "" || resolved.Hosts[0].Port != DefaultPort || resolved.TLS == c.TLS {
		t.Errorf("got %v, TLS %p", resolved, resolved.TLS)
	}
	want := &Config{Hosts: []Host{{}}, TLS: c.TLS}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreFields(Config{}, "TLS", "scramKeys")); diff != "" || c.TLS.ServerName != "x" {
		t.Errorf("the original has changed (-want +got):\n%s", diff)
	}
}

func TestWithDefaults(t *testing.T) {
	t.Parallel()
	got := (&Config{
		Hosts: []Host{{Name: "h", Port: 7}}, User: "u", Database: "d", SSLMode: SSLRequire, ConnectTimeout: -1,
		CancelTimeout: time.Minute, MinProtocolVersion: Protocol32, SSLMinProtocolVersion: tls.VersionTLS13,
	}).WithDefaults()
	want := parsed(withHosts(Host{Name: "h", Port: 7}), withUser("u", "d"), func(c *Config) {
		c.SSLMode, c.ConnectTimeout, c.CancelTimeout = SSLRequire, -1, time.Minute
		c.MinProtocolVersion, c.MaxProtocolVersion, c.SSLMinProtocolVersion = Protocol32, Protocol32, tls.VersionTLS13
	})
	if diff := diffConfig(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestResolveNil(t *testing.T) {
	t.Parallel()
	var want *werr.ConfigError
	if _, err := (*Config)(nil).resolve(); !errors.As(err, &want) {
		t.Errorf("got %v, want a ConfigError", err)
	}
}

func TestResolveWithoutUser(t *testing.T) {
	t.Parallel()
	e := testEnvironment(nil, nil)
	e.User = func() string { return "" }
	var got *werr.ConfigError
	if _, err := (&Config{}).resolveIn(e); !errors.As(err, &got) || got.Key != "user" {
		t.Errorf("got %v, want a ConfigError of user", err)
	}
}

func TestDefaultHost(t *testing.T) {
	t.Parallel()
	both := map[string]string{DefaultSocketDirectory: "", "/tmp/.s.PGSQL.5432": ""}
	for _, test := range []struct {
		name  string
		given Host
		files map[string]string
		want  Host
	}{
		{"packaged", Host{}, both, Host{Name: DefaultSocketDirectory, Port: 5432}},
		{"from source", Host{}, map[string]string{"/tmp": "", "/tmp/.s.PGSQL.5432": ""}, Host{Name: "/tmp", Port: 5432}},
		{"from source, other port", Host{Port: 7}, map[string]string{"/tmp/.s.PGSQL.5432": ""},
			Host{Name: "localhost", Port: 7}},
		{"neither", Host{}, nil, Host{Name: "localhost", Port: 5432}},
		{"an address", Host{Addr: "::1"}, both, Host{Addr: "::1", Port: 5432}},
		{"a name", Host{Name: "h"}, both, Host{Name: "h", Port: 5432}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.given.withDefaults(testEnvironment(nil, test.files)); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		key    string
		config Config
	}{
		{"host", Config{Hosts: []Host{{Name: "a,b"}}}},
		{"host", Config{Hosts: []Host{{Name: "a\x00"}}}},
		{"hostaddr", Config{Hosts: []Host{{Addr: "localhost"}}}},
		{"user", Config{User: "a\x00"}},
		{"dbname", Config{Database: "a\x00"}},
		{"password", Config{Password: secret + "\x00"}},
		{"sslpassword", Config{SSLPassword: secret + "\x00"}},
		{"sslmode", Config{SSLMode: 7}},
		{"sslmode", Config{SSLMode: SSLDisable, TLS: &tls.Config{}}},
		{"sslmode", Config{SSLMode: SSLPrefer, SSLRootCert: "system"}},
		{"sslnegotiation", Config{SSLNegotiation: 2}},
		{"sslnegotiation", Config{SSLNegotiation: SSLNegotiationDirect}},
		{"sslcertmode", Config{SSLCertMode: 3}},
		{"channel_binding", Config{ChannelBinding: 3}},
		{"target_session_attrs", Config{TargetSessionAttrs: 6}},
		{"load_balance_hosts", Config{LoadBalanceHosts: 2}},
		{"require_auth", Config{RequireAuth: []string{"x"}}},
		{"ssl_min_protocol_version", Config{SSLMinProtocolVersion: 0x300}},
		{"ssl_max_protocol_version", Config{SSLMaxProtocolVersion: tls.VersionTLS11}},
		{"min_protocol_version", Config{MinProtocolVersion: 2 << 16}},
		{"min_protocol_version", Config{MinProtocolVersion: Protocol32, MaxProtocolVersion: Protocol30}},
		{"max_protocol_version", Config{MaxProtocolVersion: 3<<16 | 1}},
		{"MaxRowSize", Config{MaxRowSize: -1}},
		{"MaxMessageSize", Config{MaxMessageSize: -1}},
		{"CancelTimeout", Config{CancelTimeout: -1}},
		{"keepalives_idle", Config{KeepalivesIdle: -1}},
		{"keepalives_interval", Config{KeepalivesInterval: -1}},
		{"keepalives_count", Config{KeepalivesCount: -1}},
		{"prepare_threshold", Config{PrepareThreshold: -1}},
		{"statement_cache_capacity", Config{StatementCacheSize: -1}},
		{"MaxSCRAMIterations", Config{MaxSCRAMIterations: -1}},
		{"tcp_user_timeout", Config{TCPUserTimeout: -1}},
		{"", Config{RuntimeParams: map[string]string{"": "x"}}},
		{"", Config{RuntimeParams: map[string]string{"a": "x\x00"}}},
		{"user", Config{RuntimeParams: map[string]string{"user": "x"}}},
		{"database", Config{RuntimeParams: map[string]string{"database": "x"}}},
		{"replication", Config{RuntimeParams: map[string]string{"replication": "on"}}},
		{"_pq_.x", Config{RuntimeParams: map[string]string{"_pq_.x": "1"}}},
		{"Client_Encoding", Config{RuntimeParams: map[string]string{"Client_Encoding": "LATIN1"}}},
	} {
		err := test.config.Validate()
		var got *werr.ConfigError
		if !errors.As(err, &got) || got.Key != test.key || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: got %v", test.key, err)
		}
		if _, err := test.config.resolve(); err == nil {
			t.Errorf("%q: resolved", test.key)
		}
	}
}

func TestValidateAccepts(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{
		{},
		{ConnectTimeout: -1},
		{TLS: &tls.Config{}},
		{TLS: &tls.Config{}, SSLMode: SSLPrefer, SSLNegotiation: SSLNegotiationDirect},
		{SSLRootCert: "system"},
		{SSLRootCert: "system", SSLNegotiation: SSLNegotiationDirect},
		{SSLMinProtocolVersion: tls.VersionTLS10, SSLMaxProtocolVersion: tls.VersionTLS10},
		{MinProtocolVersion: Protocol32},
		{RuntimeParams: map[string]string{"client_encoding": "utf-8", "TimeZone": "UTC"}},
		{Hosts: []Host{{Name: "h", Addr: "fe80::1%eth0"}}},
		{CancelTimeout: time.Hour, MaxRowSize: 1, MaxMessageSize: 1},
	} {
		if _, err := c.resolve(); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}
