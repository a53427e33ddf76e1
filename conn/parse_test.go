package conn

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// testEnvironment returns a machine with only the given variables and files, and no server: the user is "os", the
// home directory /home/os.
func testEnvironment(variables map[string]string, files map[string]string) dsn.Environment {
	return dsn.Environment{
		Variable: func(name string) string { return variables[name] },
		User:     func() string { return "os" },
		Home:     func() string { return "/home/os" },
		Exists:   func(path string) bool { _, ok := files[path]; return ok },
		ReadFile: func(path string) ([]byte, error) {
			text, ok := files[path]
			if !ok {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}
			return []byte(text), nil
		},
	}
}

// parsed returns the result of an empty connection string on that machine, changed by the functions.
func parsed(change ...func(*Config)) *Config {
	c := &Config{
		Hosts:                 []Host{{Name: "localhost", Port: 5432}},
		User:                  "os",
		Database:              "os",
		SSLMode:               SSLPrefer,
		SSLMinProtocolVersion: DefaultSSLMinProtocolVersion,
		MinProtocolVersion:    Protocol30,
		MaxProtocolVersion:    Protocol30,
		ConnectTimeout:        DefaultConnectTimeout,
		CancelTimeout:         DefaultCancelTimeout,
		StatementCacheSize:    DefaultStatementCacheSize,
		MaxSCRAMIterations:    DefaultMaxSCRAMIterations,
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// diffConfig compares the exported fields of two Configs.
func diffConfig(want, got *Config) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{}))
}

func withHosts(hosts ...Host) func(*Config) { return func(c *Config) { c.Hosts = hosts } }

func withUser(user, database string) func(*Config) {
	return func(c *Config) { c.User, c.Database = user, database }
}

func withPassword(password string) func(*Config) { return func(c *Config) { c.Password = password } }

func withParams(pairs ...string) func(*Config) {
	return func(c *Config) {
		c.RuntimeParams = map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			c.RuntimeParams[pairs[i]] = pairs[i+1]
		}
	}
}

// onHost sets a host with the default port.
func onHost(name string) func(*Config) { return withHosts(Host{Name: name, Port: 5432}) }

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range parseTests {
		t.Run(test.dsn, func(t *testing.T) {
			t.Parallel()
			got, err := parse(test.dsn, testEnvironment(nil, nil))
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffConfig(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkPrintsBack(t, got)
		})
	}
}

var parseTests = []struct {
	dsn  string
	want *Config
}{
	// The two forms.
	{"", parsed()},
	{"  ", parsed()},
	{"postgres://", parsed()},
	{"postgresql://", parsed()},
	{"postgres:///", parsed()},
	{"postgresql://h", parsed(onHost("h"))},
	{" postgres://h\n", parsed(onHost("h"))},
	{"postgres://h:5433", parsed(withHosts(Host{Name: "h", Port: 5433}))},
	{"postgres://h/d", parsed(onHost("h"), withUser("os", "d"))},
	{"postgres://u@h", parsed(onHost("h"), withUser("u", "u"))},
	{"postgres://u:p@h:1/d", parsed(withHosts(Host{Name: "h", Port: 1}), withUser("u", "d"), withPassword("p"))},
	{"postgres://u:@h", parsed(onHost("h"), withUser("u", "u"))},
	{"postgres://:p@h", parsed(onHost("h"), withPassword("p"))},
	{"postgres://u@", parsed(withUser("u", "u"))},
	{"postgres://@h", parsed(onHost("h"))},
	{"postgres://h?dbname=d", parsed(onHost("h"), withUser("os", "d"))},
	{"postgres:///d?host=h&port=7&user=u&password=p",
		parsed(withHosts(Host{Name: "h", Port: 7}), withUser("u", "d"), withPassword("p"))},
	{"postgres://a/d?host=b", parsed(onHost("b"), withUser("os", "d"))},
	{"postgres://h?", parsed(onHost("h"))},
	{"postgres://h/d?application_name=a&", parsed(onHost("h"), withUser("os", "d"), withParams("application_name", "a"))},
	{"host=h", parsed(onHost("h"))},
	{"host = h\tport= 7\nuser =u dbname=d password=p",
		parsed(withHosts(Host{Name: "h", Port: 7}), withUser("u", "d"), withPassword("p"))},
	{"host=a host=b", parsed(onHost("b"))},
	{"host='h'user=u", parsed(onHost("h"), withUser("u", "u"))},
	{"host= user=u", parsed(withHosts(Host{Name: "user=u", Port: 5432}))},
	{"host='' user=u", parsed(withUser("u", "u"))},
	// Percent-encoding and quotes.
	{"postgres://u%40x:p%3a%2F%25%20%c3%a9@h/d%2fe", parsed(onHost("h"), withUser("u@x", "d/e"), withPassword("p:/% é"))},
	{"postgres://u:a:b#c?d&e=f+g@h", parsed(onHost("h"), withUser("u", "u"), withPassword("a:b#c?d&e=f+g"))},
	{"postgres://u:a[b]@h", parsed(onHost("h"), withUser("u", "u"), withPassword("a[b]"))},
	{"postgres://h?application%5Fname=a%26b+c", parsed(onHost("h"), withParams("application_name", "a&b+c"))},
	{`password='a b\'c\\d'`, parsed(withPassword(`a b'c\d`))},
	{`password=a\ b\'c\\d'e`, parsed(withPassword(`a b'c\d'e`))},
	{`password=a\`, parsed(withPassword(`a`))},
	{`password=''`, parsed()},
	{"user=ü dbname='d d'", parsed(withUser("ü", "d d"))},
	// Hosts, addresses and ports.
	{"postgres://[::1]", parsed(onHost("::1"))},
	{"postgres://[fe80::1%25eth0]:1/d", parsed(withHosts(Host{Name: "fe80::1%eth0", Port: 1}), withUser("os", "d"))},
	{"postgres://u@[::1]:7,h,[::2]?connect_timeout=1", parsed(withUser("u", "u"), func(c *Config) {
		c.Hosts = []Host{{Name: "::1", Port: 7}, {Name: "h", Port: 5432}, {Name: "::2", Port: 5432}}
		c.ConnectTimeout = time.Second
	})},
	{"postgres://a,b", parsed(withHosts(Host{Name: "a", Port: 5432}, Host{Name: "b", Port: 5432}))},
	{"postgres://a:1,b", parsed(withHosts(Host{Name: "a", Port: 1}, Host{Name: "b", Port: 5432}))},
	{"postgres://a,b:2", parsed(withHosts(Host{Name: "a", Port: 5432}, Host{Name: "b", Port: 2}))},
	{"postgres://a:1,b:2/d", parsed(withHosts(Host{Name: "a", Port: 1}, Host{Name: "b", Port: 2}), withUser("os", "d"))},
	{"postgres://a,b?port=7", parsed(withHosts(Host{Name: "a", Port: 7}, Host{Name: "b", Port: 7}))},
	{"postgres://a%2Cb", parsed(withHosts(Host{Name: "a", Port: 5432}, Host{Name: "b", Port: 5432}))},
	{"postgres://,", parsed(withHosts(Host{Name: "localhost", Port: 5432}, Host{Name: "localhost", Port: 5432}))},
	{"host=a,b,c port=1,,3",
		parsed(withHosts(Host{Name: "a", Port: 1}, Host{Name: "b", Port: 5432}, Host{Name: "c", Port: 3}))},
	{"host=a,b port=9", parsed(withHosts(Host{Name: "a", Port: 9}, Host{Name: "b", Port: 9}))},
	{"port=9", parsed(withHosts(Host{Name: "localhost", Port: 9}))},
	{"host=h port=' 9 '", parsed(withHosts(Host{Name: "h", Port: 9}))},
	{"hostaddr=10.0.0.1", parsed(withHosts(Host{Addr: "10.0.0.1", Port: 5432}))},
	{"host=h hostaddr=::1", parsed(withHosts(Host{Name: "h", Addr: "::1", Port: 5432}))},
	{"host=a,b hostaddr=,10.0.0.1 port=1,2",
		parsed(withHosts(Host{Name: "a", Port: 1}, Host{Name: "b", Addr: "10.0.0.1", Port: 2}))},
	{"postgres://h?hostaddr=10.0.0.1", parsed(withHosts(Host{Name: "h", Addr: "10.0.0.1", Port: 5432}))},
	{"postgres://%2Ftmp/d", parsed(onHost("/tmp"), withUser("os", "d"))},
	{"postgres://u@%2Ftmp:7/d", parsed(withHosts(Host{Name: "/tmp", Port: 7}), withUser("u", "d"))},
	{"postgres:///d?host=/tmp", parsed(onHost("/tmp"), withUser("os", "d"))},
	{"postgres://%40name/d", parsed(onHost("@name"), withUser("os", "d"))},
	{"postgres://u@@name/d", parsed(onHost("@name"), withUser("u", "d"))},
	{"host=@name", parsed(onHost("@name"))},
	{"host=/a,b,/c",
		parsed(withHosts(Host{Name: "/a", Port: 5432}, Host{Name: "b", Port: 5432}, Host{Name: "/c", Port: 5432}))},
	// All other settings, one by one.
	{"passfile=/p", parsed(func(c *Config) { c.PassFile = "/p" })},
	{"sslmode=disable", parsed(func(c *Config) { c.SSLMode = SSLDisable })},
	{"sslmode=allow", parsed(func(c *Config) { c.SSLMode = SSLAllow })},
	{"sslmode=prefer", parsed()},
	{"sslmode=require", parsed(func(c *Config) { c.SSLMode = SSLRequire })},
	{"sslmode=verify-ca", parsed(func(c *Config) { c.SSLMode = SSLVerifyCA })},
	{"sslmode=verify-full", parsed(func(c *Config) { c.SSLMode = SSLVerifyFull })},
	{"postgres://?ssl=true", parsed(func(c *Config) { c.SSLMode = SSLRequire })},
	{"sslmode=require sslnegotiation=direct",
		parsed(func(c *Config) { c.SSLMode, c.SSLNegotiation = SSLRequire, SSLNegotiationDirect })},
	{"sslnegotiation=postgres", parsed()},
	{"sslrootcert=system", parsed(func(c *Config) { c.SSLMode, c.SSLRootCert = SSLVerifyFull, "system" })},
	{"sslrootcert=system sslmode=verify-full",
		parsed(func(c *Config) { c.SSLMode, c.SSLRootCert = SSLVerifyFull, "system" })},
	{"sslrootcert=system sslnegotiation=direct", parsed(func(c *Config) {
		c.SSLMode, c.SSLRootCert, c.SSLNegotiation = SSLVerifyFull, "system", SSLNegotiationDirect
	})},
	{"sslrootcert=/r sslcert=/c sslkey=/k sslpassword=s sslcrl=/l sslcrldir=/d", parsed(func(c *Config) {
		c.SSLRootCert, c.SSLCert, c.SSLKey, c.SSLPassword, c.SSLCRL, c.SSLCRLDir = "/r", "/c", "/k", "s", "/l", "/d"
	})},
	{"sslcertmode=disable", parsed(func(c *Config) { c.SSLCertMode = SSLCertDisable })},
	{"sslcertmode=require", parsed(func(c *Config) { c.SSLCertMode = SSLCertRequire })},
	{"sslcertmode=allow", parsed()},
	{"sslsni=0", parsed(func(c *Config) { c.DisableSNI = true })},
	{"sslsni=1", parsed()},
	{"ssl_min_protocol_version=TLSv1", parsed(func(c *Config) { c.SSLMinProtocolVersion = 0x301 })},
	{"ssl_min_protocol_version=tlsv1.3 ssl_max_protocol_version=TLSv1.3", parsed(func(c *Config) {
		c.SSLMinProtocolVersion, c.SSLMaxProtocolVersion = 0x304, 0x304
	})},
	{"ssl_min_protocol_version='' ssl_max_protocol_version=TLSv1.2",
		parsed(func(c *Config) { c.SSLMaxProtocolVersion = 0x303 })},
	{"sslcompression=1 gssencmode=prefer krbsrvname=k gsslib=gssapi gssdelegation=1", parsed()},
	{"gssencmode=disable", parsed()},
	{"channel_binding=disable", parsed(func(c *Config) { c.ChannelBinding = ChannelBindingDisable })},
	{"channel_binding=require", parsed(func(c *Config) { c.ChannelBinding = ChannelBindingRequire })},
	{"channel_binding=prefer", parsed()},
	{"require_auth=scram-sha-256,none", parsed(func(c *Config) { c.RequireAuth = []string{"scram-sha-256", "none"} })},
	{"require_auth=!password,!md5", parsed(func(c *Config) { c.RequireAuth = []string{"!password", "!md5"} })},
	{"require_auth=''", parsed()},
	{"requirepeer=postgres", parsed(func(c *Config) { c.RequirePeer = "postgres" })},
	{"target_session_attrs=any", parsed()},
	{"target_session_attrs=read-write", parsed(func(c *Config) { c.TargetSessionAttrs = ReadWriteSession })},
	{"target_session_attrs=read-only", parsed(func(c *Config) { c.TargetSessionAttrs = ReadOnlySession })},
	{"target_session_attrs=primary", parsed(func(c *Config) { c.TargetSessionAttrs = PrimarySession })},
	{"target_session_attrs=standby", parsed(func(c *Config) { c.TargetSessionAttrs = StandbySession })},
	{"target_session_attrs=prefer-standby", parsed(func(c *Config) { c.TargetSessionAttrs = PreferStandbySession })},
	{"load_balance_hosts=random", parsed(func(c *Config) { c.LoadBalanceHosts = LoadBalanceRandom })},
	{"load_balance_hosts=disable", parsed()},
	{"max_protocol_version=latest", parsed(func(c *Config) { c.MaxProtocolVersion = Protocol32 })},
	{"max_protocol_version=3.0", parsed()},
	{"min_protocol_version=3.2",
		parsed(func(c *Config) { c.MinProtocolVersion, c.MaxProtocolVersion = Protocol32, Protocol32 })},
	{"connect_timeout=10", parsed(func(c *Config) { c.ConnectTimeout = 10 * time.Second })},
	{"connect_timeout=1", parsed(func(c *Config) { c.ConnectTimeout = time.Second })},
	{"connect_timeout=0", parsed(func(c *Config) { c.ConnectTimeout = -1 })},
	{"connect_timeout=-5", parsed(func(c *Config) { c.ConnectTimeout = -1 })},
	{"connect_timeout=' 2 '", parsed(func(c *Config) { c.ConnectTimeout = 2 * time.Second })},
	{"keepalives=0", parsed(func(c *Config) { c.DisableKeepalives = true })},
	{"keepalives=1 keepalives_idle=60 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=1500",
		parsed(func(c *Config) {
			c.KeepalivesIdle, c.KeepalivesInterval, c.KeepalivesCount = time.Minute, 5*time.Second, 3
			c.TCPUserTimeout = 1500 * time.Millisecond
		})},
	{"keepalives_idle=-1 keepalives_interval=0 keepalives_count=-1 tcp_user_timeout=-1", parsed()},
	{"prepare_threshold=1 statement_cache_capacity=16",
		parsed(func(c *Config) { c.PrepareThreshold, c.StatementCacheSize = 1, 16 })},
	{"prepare_threshold=0 statement_cache_capacity=0", parsed()},
	{"application_name=a", parsed(withParams("application_name", "a"))},
	{"application_name=a fallback_application_name=b", parsed(withParams("application_name", "a"))},
	{"fallback_application_name=b application_name=''", parsed(withParams("application_name", "b"))},
	{"fallback_application_name=b", parsed(withParams("application_name", "b"))},
	{`options='-c geqo=off -c a=b\\ c'`, parsed(withParams("options", `-c geqo=off -c a=b\ c`))},
	{"postgres://?options=-c%20geqo%3Doff", parsed(withParams("options", "-c geqo=off"))},
	{"client_encoding=UTF8", parsed(withParams("client_encoding", "UTF8"))},
	{"client_encoding=utf-8", parsed(withParams("client_encoding", "UTF8"))},
	{"client_encoding=auto", parsed(withParams("client_encoding", "UTF8"))},
}

// checkPrintsBack checks that a Config is printed as a text from which it can be parsed again, except for secrets.
func checkPrintsBack(t *testing.T, c *Config) {
	t.Helper()
	again, err := parse(c.String(), testEnvironment(nil, nil))
	if err != nil {
		t.Fatalf("%s does not parse back: %v", c, err)
	}
	want := c.Clone()
	if c.Password != "" {
		want.Password = masked
	}
	if c.SSLPassword != "" {
		want.SSLPassword = masked
	}
	if diff := diffConfig(want, again); diff != "" {
		t.Errorf("%s reads back as (-want +got):\n%s", c, diff)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range parseRefusals {
		t.Run(test.dsn, func(t *testing.T) {
			t.Parallel()
			c, err := parse(test.dsn, testEnvironment(nil, nil))
			var config *werr.ConfigError
			if !errors.As(err, &config) {
				t.Fatalf("got %v, error %v; want a ConfigError", c, err)
			}
			if config.Key != test.key || !strings.Contains(config.Detail, test.says) {
				t.Errorf("got key %q: %s; want %q: ...%s...", config.Key, config.Detail, test.key, test.says)
			}
		})
	}
}

var parseRefusals = []struct{ dsn, key, says string }{
	{"h", "", "has no = after it"},
	{"host=h d", "", "has no = after it"},
	{"host", "", "has no = after it"},
	{"host='h", "", "does not end"},
	{`host='h\'`, "", "does not end"},
	{"a b=c", "", "has no = after it"},
	{"=x", "", "unknown keyword"},
	{"host=h\x00", "", "NUL"},
	{"http://h", "", "unknown URI scheme"},
	{"POSTGRES://h?sslmode=disable", "", "unknown URI scheme"},
	{"requiressl=1", "requiressl", "unknown keyword"},
	{"Host=h", "Host", "unknown keyword"},
	{"statement_timeout=5s", "statement_timeout", "Config.RuntimeParams"},
	{"postgres://?search_path=x", "search_path", "options"},
	{"postgres://?ssl=false", "ssl", "unknown keyword"},
	{"postgres://?x", "", "has no ="},
	{"postgres://?user=u&&dbname=d", "", "has no ="},
	{"postgres://?user=a=b", "user", "%3D"},
	{"postgres://?user=%4", "user", "%"},
	{"postgres://?user=%zz", "user", "%"},
	{"postgres://?us%=x", "", "%"},
	{"postgres://%00@h", "user", "%"},
	{"postgres://u:%@h", "password", "%25"},
	{"postgres://%g0", "host", "%"},
	{"postgres://h:%31x", "port", "number"},
	{"postgres://h/%", "dbname", "%"},
	{"postgres://[::1", "host", "IPv6"},
	{"postgres://[]", "host", "IPv6"},
	{"postgres://[::1]x", "host", "IPv6"},
	{"postgres://h:x", "port", "number from 1 to 65535"},
	{"postgres://h:0", "port", "number"},
	{"postgres://h:65536", "port", "number"},
	{"postgres://h:-1", "port", "number"},
	{"postgres://a,b?port=1,2,3", "port", "3 for 2"},
	{"postgres://u:p@x@h", "host", "%40"},
	{"postgres://u:p@a,b@c", "host", "%40"},
	{"postgres://u:p/x@h", "dbname", "%2F"},
	{"postgres://u:p/x", "port", "%2F"},
	{"postgres://u:1/x@h", "dbname", "%2F"},
	{"postgres://h?user=me@x", "user", "%40"},
	{"port=x", "port", "number"},
	{"host=a,b port=1,2,3", "port", "3 for 2"},
	{"host=a,b,c port=1,2", "port", "2 for 3"},
	{"port=1,2", "port", "2 for 1"},
	{"host=a,b hostaddr=::1", "hostaddr", "1 for 2"},
	{"host=a hostaddr=::1,::2", "hostaddr", "2 for 1"},
	{"hostaddr=name", "hostaddr", "IP address"},
	{"hostaddr=/tmp", "hostaddr", "IP address"},
	{"sslmode=", "sslmode", "verify-full"},
	{"sslmode=Require", "sslmode", "verify-full"},
	{"sslmode=default", "sslmode", "verify-full"},
	{"sslnegotiation=x", "sslnegotiation", "direct"},
	{"sslnegotiation=direct", "sslnegotiation", "require"},
	{"sslnegotiation=direct sslmode=allow", "sslnegotiation", "require"},
	{"sslrootcert=system sslmode=require", "sslmode", "verify-full"},
	{"sslrootcert=system sslmode=prefer", "sslmode", "verify-full"},
	{"sslcertmode=x", "sslcertmode", "allow"},
	{"sslsni=yes", "sslsni", "integer"},
	{"ssl_min_protocol_version=SSLv3", "ssl_min_protocol_version", "TLSv1.3"},
	{"ssl_max_protocol_version=TLSv1.1", "ssl_max_protocol_version", "below"},
	{"ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2", "ssl_max_protocol_version", "below"},
	{"channel_binding=x", "channel_binding", "require"},
	{"require_auth=kerberos", "require_auth", "scram-sha-256"},
	{"require_auth=md5,!password", "require_auth", "commas"},
	{"require_auth=md5,md5", "require_auth", "once"},
	{"gssencmode=require", "gssencmode", "sslmode"},
	{"gssencmode=x", "gssencmode", "disable"},
	{"replication=database", "replication", "not supported"},
	{"sslkeylogfile=/x", "sslkeylogfile", "KeyLogWriter"},
	{"scram_client_key=x", "scram_client_key", "password"},
	{"oauth_issuer=x", "oauth_issuer", "OAuth"},
	{"target_session_attrs=master", "target_session_attrs", "primary"},
	{"load_balance_hosts=x", "load_balance_hosts", "random"},
	{"min_protocol_version=3.1", "min_protocol_version", "3.2"},
	{"max_protocol_version=2.0", "max_protocol_version", "3.2"},
	{"min_protocol_version=3.2 max_protocol_version=3.0", "min_protocol_version", "above"},
	{"connect_timeout=", "connect_timeout", "integer"},
	{"connect_timeout=1s", "connect_timeout", "integer"},
	{"connect_timeout=99999999999", "connect_timeout", "integer"},
	{"keepalives=yes", "keepalives", "integer"},
	{"keepalives_idle=x", "keepalives_idle", "integer"},
	{"keepalives_interval=1.5", "keepalives_interval", "integer"},
	{"keepalives_count=x", "keepalives_count", "integer"},
	{"prepare_threshold=-1", "prepare_threshold", "negative"},
	{"prepare_threshold=x", "prepare_threshold", "integer"},
	{"statement_cache_capacity=-1", "statement_cache_capacity", "negative"},
	{"statement_cache_capacity=1.5", "statement_cache_capacity", "integer"},
	{"tcp_user_timeout=x", "tcp_user_timeout", "integer"},
	{"client_encoding=LATIN1", "client_encoding", "UTF8"},
	{"service=x", "service", "no service file"},
}
