package conn

import (
	"strconv"
	"strings"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/auth"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// setting describes what a keyword of connection strings means in a Config: ParseConfig, Validate and String are
// based on the table of settings.
type setting struct {
	keyword string // as in package dsn
	// set stores a value in a Config, or returns what is wrong with it, without showing it. Nil: it is parsed
	// elsewhere.
	set func(c *Config, value string) (problem string)
	// get returns the value as String shows it; empty: it is omitted. Nil: it is never shown.
	get func(c *Config) string
	// check returns what is wrong with the field. Nil: nothing can be.
	check func(c *Config) (problem string)
}

// settings are in the order in which String shows them, and setting one may require that those before it have been
// set. Keywords that are missing here are handled by package dsn itself, or ignored.
var settings = []setting{
	{keyword: "host", get: hostList(func(h Host) string { return h.Name })},
	{keyword: "hostaddr", get: hostList(func(h Host) string { return h.Addr })},
	{keyword: "port", get: hostList(Host.portText)},
	textSetting("user", func(c *Config) *string { return &c.User }),
	textSetting("dbname", func(c *Config) *string { return &c.Database }),
	textSetting("password", func(c *Config) *string { return &c.Password }),
	textSetting("passfile", func(c *Config) *string { return &c.PassFile }),

	choiceSetting("sslmode", sslModeNames, func(c *Config) *SSLMode { return &c.SSLMode }),
	choiceSetting("sslnegotiation", sslNegotiationNames, func(c *Config) *SSLNegotiation { return &c.SSLNegotiation }),
	textSetting("sslrootcert", func(c *Config) *string { return &c.SSLRootCert }),
	textSetting("sslcert", func(c *Config) *string { return &c.SSLCert }),
	textSetting("sslkey", func(c *Config) *string { return &c.SSLKey }),
	textSetting("sslpassword", func(c *Config) *string { return &c.SSLPassword }),
	choiceSetting("sslcertmode", sslCertModeNames, func(c *Config) *SSLCertMode { return &c.SSLCertMode }),
	textSetting("sslcrl", func(c *Config) *string { return &c.SSLCRL }),
	textSetting("sslcrldir", func(c *Config) *string { return &c.SSLCRLDir }),
	switchSetting("sslsni", func(c *Config) *bool { return &c.DisableSNI }),
	tlsVersionSetting("ssl_min_protocol_version", DefaultSSLMinProtocolVersion,
		func(c *Config) *uint16 { return &c.SSLMinProtocolVersion }),
	tlsVersionSetting("ssl_max_protocol_version", 0, func(c *Config) *uint16 { return &c.SSLMaxProtocolVersion }),

	choiceSetting("channel_binding", channelBindingNames, func(c *Config) *ChannelBinding { return &c.ChannelBinding }),
	{"require_auth", setRequireAuth, requireAuthText, checkRequireAuth},
	textSetting("requirepeer", func(c *Config) *string { return &c.RequirePeer }),
	{keyword: "gssencmode", set: setGSSEncMode},

	choiceSetting("target_session_attrs", targetSessionAttrsNames,
		func(c *Config) *TargetSessionAttrs { return &c.TargetSessionAttrs }),
	choiceSetting("load_balance_hosts", loadBalanceHostsNames,
		func(c *Config) *LoadBalanceHosts { return &c.LoadBalanceHosts }),
	protocolSetting("min_protocol_version", func(c *Config) *ProtocolVersion { return &c.MinProtocolVersion }),
	protocolSetting("max_protocol_version", func(c *Config) *ProtocolVersion { return &c.MaxProtocolVersion }),

	{keyword: "connect_timeout", set: setConnectTimeout, get: connectTimeoutText},
	switchSetting("keepalives", func(c *Config) *bool { return &c.DisableKeepalives }),
	intervalSetting("keepalives_idle", time.Second, func(c *Config) *time.Duration { return &c.KeepalivesIdle }),
	intervalSetting("keepalives_interval", time.Second, func(c *Config) *time.Duration { return &c.KeepalivesInterval }),
	keepalivesCount(),
	intervalSetting("tcp_user_timeout", time.Millisecond, func(c *Config) *time.Duration { return &c.TCPUserTimeout }),

	countSetting("prepare_threshold", 0, func(c *Config) *int { return &c.PrepareThreshold }),
	countSetting("statement_cache_capacity", DefaultStatementCacheSize,
		func(c *Config) *int { return &c.StatementCacheSize }),

	runtimeParamSetting("application_name"),
	{keyword: "fallback_application_name", set: setFallbackApplicationName},
	{keyword: "client_encoding", set: setClientEncoding, get: runtimeParamSetting("client_encoding").get},
	{keyword: "options", set: runtimeParamSetting("options").set, get: optionsText},
}

func setConnectTimeout(c *Config, value string) string {
	n, problem := dsn.ParseInteger(value)
	c.ConnectTimeout = time.Duration(n) * time.Second
	if n <= 0 {
		c.ConnectTimeout = -1
	}
	return problem
}

func connectTimeoutText(c *Config) string {
	switch {
	case c.ConnectTimeout < 0:
		return "0"
	case c.ConnectTimeout == DefaultConnectTimeout:
		return ""
	}
	return unitsText(c.ConnectTimeout, time.Second)
}

// keepalivesCount returns a setting in which a negative number means the system's default, as in the intervals.
func keepalivesCount() setting {
	s := countSetting("keepalives_count", 0, func(c *Config) *int { return &c.KeepalivesCount })
	s.set = func(c *Config, value string) string {
		n, problem := dsn.ParseInteger(value)
		c.KeepalivesCount = max(n, 0)
		return problem
	}
	return s
}

func setRequireAuth(c *Config, value string) string {
	c.RequireAuth = dsn.SplitList(value)
	return ""
}

func requireAuthText(c *Config) string { return strings.Join(c.RequireAuth, ",") }

func checkRequireAuth(c *Config) string {
	if _, err := auth.ParseRequireAuth(requireAuthText(c)); err != nil {
		return "want password, md5, gss, sspi, scram-sha-256, oauth or none, " +
			"separated by commas, each once, and with a ! before all or none"
	}
	return ""
}

func setGSSEncMode(_ *Config, value string) string {
	switch value {
	case "disable", "prefer":
		return ""
	case "require":
		return "GSSAPI encryption is not supported; use sslmode=require or stronger"
	}
	return "want disable or prefer"
}

// portText returns the port, or "" if it is the default.
func (h Host) portText() string {
	if h.Port == 0 {
		return ""
	}
	return strconv.Itoa(int(h.Port))
}

// hostList returns a function that lists a field of all hosts; the list is empty if no host has it.
func hostList(field func(Host) string) func(*Config) string {
	return func(c *Config) string {
		var values []string
		for _, h := range c.Hosts {
			values = append(values, field(h))
		}
		list := strings.Join(values, ",")
		if strings.Trim(list, ",") == "" {
			return ""
		}
		return list
	}
}
