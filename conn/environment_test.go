package conn

import (
	"errors"
	"testing"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

func TestEnvironmentFillsWhatTheStringLeavesOut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, value string
		want        *Config
	}{
		{"PGHOST", "a,b", parsed(withHosts(Host{Name: "a", Port: 5432}, Host{Name: "b", Port: 5432}))},
		{"PGHOSTADDR", "::1", parsed(withHosts(Host{Addr: "::1", Port: 5432}))},
		{"PGPORT", "7", parsed(withHosts(Host{Name: "localhost", Port: 7}))},
		{"PGDATABASE", "d", parsed(withUser("os", "d"))},
		{"PGUSER", "u", parsed(withUser("u", "u"))},
		{"PGPASSWORD", "p", parsed(withPassword("p"))},
		{"PGPASSFILE", "/p", parsed(func(c *Config) { c.PassFile = "/p" })},
		{"PGOPTIONS", "-c a=b", parsed(withParams("options", "-c a=b"))},
		{"PGAPPNAME", "a", parsed(withParams("application_name", "a"))},
		{"PGSSLMODE", "require", parsed(func(c *Config) { c.SSLMode = SSLRequire })},
		{"PGREQUIRESSL", "1", parsed()},
		{"PGSSLNEGOTIATION", "postgres", parsed()},
		{"PGSSLROOTCERT", "system", parsed(func(c *Config) { c.SSLMode, c.SSLRootCert = SSLVerifyFull, "system" })},
		{"PGSSLCERT", "/c", parsed(func(c *Config) { c.SSLCert = "/c" })},
		{"PGSSLKEY", "/k", parsed(func(c *Config) { c.SSLKey = "/k" })},
		{"PGSSLCERTMODE", "disable", parsed(func(c *Config) { c.SSLCertMode = SSLCertDisable })},
		{"PGSSLCRL", "/l", parsed(func(c *Config) { c.SSLCRL = "/l" })},
		{"PGSSLCRLDIR", "/d", parsed(func(c *Config) { c.SSLCRLDir = "/d" })},
		{"PGSSLSNI", "0", parsed(func(c *Config) { c.DisableSNI = true })},
		{"PGSSLMINPROTOCOLVERSION", "TLSv1.3", parsed(func(c *Config) { c.SSLMinProtocolVersion = 0x304 })},
		{"PGSSLMAXPROTOCOLVERSION", "TLSv1.2", parsed(func(c *Config) { c.SSLMaxProtocolVersion = 0x303 })},
		{"PGCHANNELBINDING", "require", parsed(func(c *Config) { c.ChannelBinding = ChannelBindingRequire })},
		{"PGREQUIREAUTH", "md5", parsed(func(c *Config) { c.RequireAuth = []string{"md5"} })},
		{"PGREQUIREPEER", "postgres", parsed(func(c *Config) { c.RequirePeer = "postgres" })},
		{"PGTARGETSESSIONATTRS", "primary", parsed(func(c *Config) { c.TargetSessionAttrs = PrimarySession })},
		{"PGLOADBALANCEHOSTS", "random", parsed(func(c *Config) { c.LoadBalanceHosts = LoadBalanceRandom })},
		{"PGMINPROTOCOLVERSION", "3.0", parsed()},
		{"PGMAXPROTOCOLVERSION", "3.2", parsed(func(c *Config) { c.MaxProtocolVersion = Protocol32 })},
		{"PGCONNECT_TIMEOUT", "3", parsed(func(c *Config) { c.ConnectTimeout = 3 * time.Second })},
		{"PGCLIENTENCODING", "utf8", parsed(withParams("client_encoding", "UTF8"))},
		{"PGTZ", "Europe/Paris", parsed(withParams("TimeZone", "Europe/Paris"))},
		{"PGTZ", "Default", parsed()},
		{"PGDATESTYLE", "ISO", parsed(withParams("DateStyle", "ISO"))},
		{"PGGEQO", "off", parsed(withParams("geqo", "off"))},
	} {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			t.Parallel()
			got, err := parse("", testEnvironment(map[string]string{test.name: test.value}, nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffConfig(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheStringGoesBeforeTheEnvironment(t *testing.T) {
	t.Parallel()
	variables := map[string]string{
		"PGHOST": "env", "PGPORT": "1", "PGUSER": "env", "PGDATABASE": "env", "PGPASSWORD": "env", "PGSSLMODE": "disable",
		"PGAPPNAME": "env", "PGCONNECT_TIMEOUT": "9",
	}
	for _, dsn := range []string{
		"postgres://u:p@h:7/d?sslmode=require&application_name=a&connect_timeout=2",
		"host=h port=7 user=u password=p dbname=d sslmode=require application_name=a connect_timeout=2",
	} {
		got, err := parse(dsn, testEnvironment(variables, nil))
		if err != nil {
			t.Fatal(err)
		}
		want := parsed(withHosts(Host{Name: "h", Port: 7}), withUser("u", "d"), withPassword("p"),
			withParams("application_name", "a"))
		want.SSLMode, want.ConnectTimeout = SSLRequire, 2*time.Second
		if diff := diffConfig(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", dsn, diff)
		}
	}
}

func TestEnvironmentMeetsTheString(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, dsn string
		variables map[string]string
		want      *Config
	}{
		{"PGPORT with a host", "host=h", map[string]string{"PGPORT": "7"}, parsed(withHosts(Host{Name: "h", Port: 7}))},
		{"one empty port in the string", "postgres://a,b:8", map[string]string{"PGPORT": "7"},
			parsed(withHosts(Host{Name: "a", Port: 5432}, Host{Name: "b", Port: 8}))},
		{"an empty value in the string", "dbname='' user=u", map[string]string{"PGDATABASE": "env"},
			parsed(withUser("u", "u"))},
		{"no database in a URI", "postgres://u@/", map[string]string{"PGDATABASE": "env"}, parsed(withUser("u", "env"))},
		{"an empty variable", "", map[string]string{"PGSSLMODE": "", "PGCONNECT_TIMEOUT": ""}, parsed()},
		{"fallback_application_name", "fallback_application_name=f", map[string]string{"PGAPPNAME": "env"},
			parsed(withParams("application_name", "env"))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(test.dsn, testEnvironment(test.variables, nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffConfig(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEnvironmentErrorsNameTheVariable(t *testing.T) {
	t.Parallel()
	_, err := parse("", testEnvironment(map[string]string{"PGSSLMODE": "on"}, nil))
	want := &werr.ConfigError{
		Key:    "sslmode",
		Detail: "want one of disable, allow, prefer, require, verify-ca, verify-full; set by PGSSLMODE",
	}
	var got *werr.ConfigError
	if !errors.As(err, &got) || *got != *want {
		t.Errorf("got %v, want %v", err, want)
	}
}

// ParseConfig does the same with the real environment.
func TestParseConfigReadsTheEnvironment(t *testing.T) {
	for _, k := range dsn.Keywords() {
		if k.Variable != "" {
			t.Setenv(k.Variable, "")
		}
	}
	t.Setenv("PGHOST", "envhost")
	t.Setenv("PGUSER", "envuser")
	c, err := ParseConfig("user=u")
	if err != nil {
		t.Fatal(err)
	}
	if want := (Host{Name: "envhost", Port: DefaultPort}); len(c.Hosts) != 1 || c.Hosts[0] != want || c.User != "u" {
		t.Errorf("got %v; want host %v, user u", c, want)
	}
}
