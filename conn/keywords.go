package conn

import "time"

// keyword is a setting by its name in connection strings and service files.
type keyword struct {
	name     string
	variable string // the environment variable that stands in for it, if there is one
	// set puts a value into a Config. It says what is wrong with the value without showing it. Nil: the keyword is read
	// elsewhere, or ignored.
	set     func(c *Config, value string) (problem string)
	refused string // says why the keyword is refused, and what to do
}

// keywords are all that libpq knows, in an order in which each may rely on those before it.
var keywords = []keyword{
	{name: "service", variable: "PGSERVICE"},
	{name: "servicefile", variable: "PGSERVICEFILE"},
	{name: "host", variable: "PGHOST"},
	{name: "hostaddr", variable: "PGHOSTADDR"},
	{name: "port", variable: "PGPORT"},
	{name: "dbname", variable: "PGDATABASE", set: textField(func(c *Config) *string { return &c.Database })},
	{name: "user", variable: "PGUSER", set: textField(func(c *Config) *string { return &c.User })},
	{name: "password", variable: "PGPASSWORD", set: textField(func(c *Config) *string { return &c.Password })},
	{name: "passfile", variable: "PGPASSFILE", set: textField(func(c *Config) *string { return &c.PassFile })},

	{name: "sslmode", variable: "PGSSLMODE",
		set: choiceField(sslModeNames, func(c *Config) *SSLMode { return &c.SSLMode })},
	{name: "sslnegotiation", variable: "PGSSLNEGOTIATION",
		set: choiceField(sslNegotiationNames, func(c *Config) *SSLNegotiation { return &c.SSLNegotiation })},
	{name: "sslrootcert", variable: "PGSSLROOTCERT", set: textField(func(c *Config) *string { return &c.SSLRootCert })},
	{name: "sslcert", variable: "PGSSLCERT", set: textField(func(c *Config) *string { return &c.SSLCert })},
	{name: "sslkey", variable: "PGSSLKEY", set: textField(func(c *Config) *string { return &c.SSLKey })},
	{name: "sslpassword", set: textField(func(c *Config) *string { return &c.SSLPassword })},
	{name: "sslcertmode", variable: "PGSSLCERTMODE",
		set: choiceField(sslCertModeNames, func(c *Config) *SSLCertMode { return &c.SSLCertMode })},
	{name: "sslcrl", variable: "PGSSLCRL", set: textField(func(c *Config) *string { return &c.SSLCRL })},
	{name: "sslcrldir", variable: "PGSSLCRLDIR", set: textField(func(c *Config) *string { return &c.SSLCRLDir })},
	{name: "sslsni", variable: "PGSSLSNI", set: switchField(func(c *Config) *bool { return &c.DisableSNI })},
	{name: "ssl_min_protocol_version", variable: "PGSSLMINPROTOCOLVERSION",
		set: tlsVersionField(func(c *Config) *uint16 { return &c.SSLMinProtocolVersion })},
	{name: "ssl_max_protocol_version", variable: "PGSSLMAXPROTOCOLVERSION",
		set: tlsVersionField(func(c *Config) *uint16 { return &c.SSLMaxProtocolVersion })},
	{name: "sslcompression", variable: "PGSSLCOMPRESSION"},

	{name: "channel_binding", variable: "PGCHANNELBINDING",
		set: choiceField(channelBindingNames, func(c *Config) *ChannelBinding { return &c.ChannelBinding })},
	{name: "require_auth", variable: "PGREQUIREAUTH", set: setRequireAuth},
	{name: "requirepeer", variable: "PGREQUIREPEER", set: textField(func(c *Config) *string { return &c.RequirePeer })},
	{name: "gssencmode", variable: "PGGSSENCMODE", set: setGSSEncMode},
	{name: "krbsrvname", variable: "PGKRBSRVNAME"},
	{name: "gsslib", variable: "PGGSSLIB"},
	{name: "gssdelegation", variable: "PGGSSDELEGATION"},

	{name: "target_session_attrs", variable: "PGTARGETSESSIONATTRS",
		set: choiceField(targetSessionAttrsNames, func(c *Config) *TargetSessionAttrs { return &c.TargetSessionAttrs })},
	{name: "load_balance_hosts", variable: "PGLOADBALANCEHOSTS",
		set: choiceField(loadBalanceHostsNames, func(c *Config) *LoadBalanceHosts { return &c.LoadBalanceHosts })},
	{name: "min_protocol_version", variable: "PGMINPROTOCOLVERSION",
		set: protocolField(func(c *Config) *ProtocolVersion { return &c.MinProtocolVersion })},
	{name: "max_protocol_version", variable: "PGMAXPROTOCOLVERSION",
		set: protocolField(func(c *Config) *ProtocolVersion { return &c.MaxProtocolVersion })},

	{name: "connect_timeout", variable: "PGCONNECT_TIMEOUT", set: setConnectTimeout},
	{name: "keepalives", set: switchField(func(c *Config) *bool { return &c.DisableKeepalives })},
	{name: "keepalives_idle", set: secondsField(func(c *Config) *time.Duration { return &c.KeepalivesIdle })},
	{name: "keepalives_interval", set: secondsField(func(c *Config) *time.Duration { return &c.KeepalivesInterval })},
	{name: "keepalives_count", set: setKeepalivesCount},
	{name: "tcp_user_timeout", set: millisecondsField(func(c *Config) *time.Duration { return &c.TCPUserTimeout })},

	{name: "application_name", variable: "PGAPPNAME", set: runtimeParameter("application_name")},
	{name: "fallback_application_name", set: setFallbackApplicationName},
	{name: "options", variable: "PGOPTIONS", set: runtimeParameter("options")},
	{name: "client_encoding", variable: "PGCLIENTENCODING", set: setClientEncoding},

	{name: "prepare_threshold", set: countField(func(c *Config) *int { return &c.PrepareThreshold })},
	{name: "statement_cache_capacity", set: countField(func(c *Config) *int { return &c.StatementCacheSize })},

	{name: "replication", refused: "replication connections are not supported; leave it out"},
	{name: "sslkeylogfile", refused: "not supported; set Config.TLS with a KeyLogWriter"},
	{name: "scram_client_key", refused: "not supported; give a password"},
	{name: "scram_server_key", refused: "not supported; give a password"},
	{name: "oauth_issuer", refused: noOAuth},
	{name: "oauth_client_id", refused: noOAuth},
	{name: "oauth_client_secret", refused: noOAuth},
	{name: "oauth_scope", refused: noOAuth},
}

const noOAuth = "OAuth is not supported; use another authentication method"

// sessionVariables are environment variables for run-time parameters that have no keyword.
var sessionVariables = []struct{ variable, parameter string }{
	{"PGTZ", "TimeZone"},
	{"PGDATESTYLE", "DateStyle"},
	{"PGGEQO", "geqo"},
}

var keywordIndex = func() map[string]int {
	index := make(map[string]int, len(keywords))
	for i, k := range keywords {
		index[k.name] = i
	}
	return index
}()

func keywordNamed(name string) (keyword, bool) {
	i, ok := keywordIndex[name]
	if !ok {
		return keyword{}, false
	}
	return keywords[i], true
}

// isSecret says whether a keyword's value must not be shown.
func isSecret(name string) bool {
	switch name {
	case "password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret":
		return true
	}
	return false
}
