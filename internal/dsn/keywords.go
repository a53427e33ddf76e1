package dsn

import "slices"

// Keyword is the name of a setting in connection strings, service files and the environment.
type Keyword struct {
	Name     string
	Variable string // the environment variable for it; empty: there is none
	Secret   bool   // its value must not be shown
	Refused  string // why it is refused, and what to do instead; empty if it is accepted
}

// keywords are those of libpq, followed by those of this library.
var keywords = []Keyword{
	{Name: "service", Variable: "PGSERVICE"},
	{Name: "servicefile", Variable: "PGSERVICEFILE"},
	{Name: "host", Variable: "PGHOST"},
	{Name: "hostaddr", Variable: "PGHOSTADDR"},
	{Name: "port", Variable: "PGPORT"},
	{Name: "user", Variable: "PGUSER"},
	{Name: "dbname", Variable: "PGDATABASE"},
	{Name: "password", Variable: "PGPASSWORD", Secret: true},
	{Name: "passfile", Variable: "PGPASSFILE"},

	{Name: "sslmode", Variable: "PGSSLMODE"},
	{Name: "sslnegotiation", Variable: "PGSSLNEGOTIATION"},
	{Name: "sslrootcert", Variable: "PGSSLROOTCERT"},
	{Name: "sslcert", Variable: "PGSSLCERT"},
	{Name: "sslkey", Variable: "PGSSLKEY"},
	{Name: "sslpassword", Secret: true},
	{Name: "sslcertmode", Variable: "PGSSLCERTMODE"},
	{Name: "sslcrl", Variable: "PGSSLCRL"},
	{Name: "sslcrldir", Variable: "PGSSLCRLDIR"},
	{Name: "sslsni", Variable: "PGSSLSNI"},
	{Name: "ssl_min_protocol_version", Variable: "PGSSLMINPROTOCOLVERSION"},
	{Name: "ssl_max_protocol_version", Variable: "PGSSLMAXPROTOCOLVERSION"},
	{Name: "sslcompression", Variable: "PGSSLCOMPRESSION"},

	{Name: "channel_binding", Variable: "PGCHANNELBINDING"},
	{Name: "require_auth", Variable: "PGREQUIREAUTH"},
	{Name: "requirepeer", Variable: "PGREQUIREPEER"},
	{Name: "gssencmode", Variable: "PGGSSENCMODE"},
	{Name: "krbsrvname", Variable: "PGKRBSRVNAME"},
	{Name: "gsslib", Variable: "PGGSSLIB"},
	{Name: "gssdelegation", Variable: "PGGSSDELEGATION"},

	{Name: "target_session_attrs", Variable: "PGTARGETSESSIONATTRS"},
	{Name: "load_balance_hosts", Variable: "PGLOADBALANCEHOSTS"},
	{Name: "min_protocol_version", Variable: "PGMINPROTOCOLVERSION"},
	{Name: "max_protocol_version", Variable: "PGMAXPROTOCOLVERSION"},

	{Name: "connect_timeout", Variable: "PGCONNECT_TIMEOUT"},
	{Name: "keepalives"},
	{Name: "keepalives_idle"},
	{Name: "keepalives_interval"},
	{Name: "keepalives_count"},
	{Name: "tcp_user_timeout"},

	{Name: "application_name", Variable: "PGAPPNAME"},
	{Name: "fallback_application_name"},
	{Name: "options", Variable: "PGOPTIONS"},
	{Name: "client_encoding", Variable: "PGCLIENTENCODING"},

	{Name: "replication", Refused: "replication connections are not supported; leave it out"},
	{Name: "sslkeylogfile", Refused: "not supported; set Config.TLS with a KeyLogWriter"},
	{Name: "scram_client_key", Secret: true, Refused: "not supported; give a password"},
	{Name: "scram_server_key", Secret: true, Refused: "not supported; give a password"},
	{Name: "oauth_issuer", Refused: noOAuth},
	{Name: "oauth_client_id", Refused: noOAuth},
	{Name: "oauth_client_secret", Secret: true, Refused: noOAuth},
	{Name: "oauth_scope", Refused: noOAuth},

	{Name: "prepare_threshold"},
	{Name: "statement_cache_capacity"},
}

const noOAuth = "OAuth is not supported; use another authentication method"

// Keywords returns all keywords.
func Keywords() []Keyword { return slices.Clone(keywords) }

// Lookup finds a keyword by its name. Case matters.
func Lookup(name string) (k Keyword, ok bool) {
	i, ok := keywordIndex[name]
	if !ok {
		return Keyword{}, false
	}
	return keywords[i], true
}

var keywordIndex = func() map[string]int {
	index := make(map[string]int, len(keywords))
	for i, k := range keywords {
		index[k.Name] = i
	}
	return index
}()

// isSecret reports whether the value of a keyword must not be shown.
func isSecret(name string) bool {
	k, _ := Lookup(name)
	return k.Secret
}
