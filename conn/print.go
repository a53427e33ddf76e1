package conn

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// masked stands for a secret that was set.
const masked = "xxxxx"

// String is the configuration as keyword=value pairs, which ParseConfig reads back, with xxxxx for secrets. Defaults
// are left out, but for the hosts, user, database and sslmode. What no connection string can say, such as Dial or
// MaxRowSize, is not shown. Run-time parameters without a keyword of their own are shown in options.
func (c Config) String() string {
	var p pairs
	c.appendHosts(&p)
	p.addText("user", c.User)
	p.addText("dbname", c.Database)
	p.addSecret("password", c.Password)
	p.addText("passfile", c.PassFile)
	c.appendSSL(&p)
	c.appendLogin(&p)
	c.appendNetwork(&p)
	c.appendStatements(&p)
	c.appendRuntimeParams(&p)
	return strings.Join(p, " ")
}

// GoString is String in Go's clothes.
func (c Config) GoString() string { return "conn.Config{" + strconv.Quote(c.String()) + "}" }

// Format makes every verb print String, so that none of them finds the secrets in the fields.
func (c Config) Format(f fmt.State, verb rune) {
	switch {
	case verb == 'v' && f.Flag('#'):
		_, _ = io.WriteString(f, c.GoString())
	case verb == 'q', verb == 'x', verb == 'X':
		_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), c.String())
	default:
		_, _ = io.WriteString(f, c.String())
	}
}

// LogValue is String, for log/slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON is String as a JSON string.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.String()) }

// MarshalText is String, for every other encoding that knows it.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// pairs are keyword=value texts.
type pairs []string

func (p *pairs) add(key, value string) { *p = append(*p, key+"="+quoteValue(value)) }

func (p *pairs) addText(key, value string) {
	if value != "" {
		p.add(key, value)
	}
}

func (p *pairs) addSecret(key, value string) {
	if value != "" {
		p.add(key, masked)
	}
}

func (p *pairs) addFlag(key string, disabled bool) {
	if disabled {
		p.add(key, "0")
	}
}

// addUnits adds a duration as a number of units, rounded up.
func (p *pairs) addUnits(key string, d, unit time.Duration) {
	if d > 0 {
		p.add(key, strconv.FormatInt(int64((d+unit-1)/unit), 10))
	}
}

// appendHosts adds host, hostaddr and port, each if any host has one.
func (c Config) appendHosts(p *pairs) {
	var names, addrs, ports []string
	for _, h := range c.Hosts {
		names, addrs = append(names, h.Name), append(addrs, h.Addr)
		port := ""
		if h.Port != 0 {
			port = strconv.Itoa(int(h.Port))
		}
		ports = append(ports, port)
	}
	for _, field := range []struct {
		key    string
		values []string
	}{{"host", names}, {"hostaddr", addrs}, {"port", ports}} {
		if text := strings.Join(field.values, ","); strings.Trim(text, ",") != "" {
			p.add(field.key, text)
		}
	}
}

func (c Config) appendSSL(p *pairs) {
	p.addText("sslmode", c.SSLMode.String())
	if c.SSLNegotiation != SSLNegotiationPostgres {
		p.add("sslnegotiation", c.SSLNegotiation.String())
	}
	p.addText("sslrootcert", c.SSLRootCert)
	p.addText("sslcert", c.SSLCert)
	p.addText("sslkey", c.SSLKey)
	p.addSecret("sslpassword", c.SSLPassword)
	if c.SSLCertMode != SSLCertAllow {
		p.add("sslcertmode", c.SSLCertMode.String())
	}
	p.addText("sslcrl", c.SSLCRL)
	p.addText("sslcrldir", c.SSLCRLDir)
	p.addFlag("sslsni", c.DisableSNI)
	if c.SSLMinProtocolVersion != DefaultSSLMinProtocolVersion {
		p.addText("ssl_min_protocol_version", tlsVersionNames[c.SSLMinProtocolVersion])
	}
	p.addText("ssl_max_protocol_version", tlsVersionNames[c.SSLMaxProtocolVersion])
}

func (c Config) appendLogin(p *pairs) {
	if c.ChannelBinding != ChannelBindingPrefer {
		p.add("channel_binding", c.ChannelBinding.String())
	}
	p.addText("require_auth", strings.Join(c.RequireAuth, ","))
	p.addText("requirepeer", c.RequirePeer)
	if c.TargetSessionAttrs != AnySession {
		p.add("target_session_attrs", c.TargetSessionAttrs.String())
	}
	if c.LoadBalanceHosts != LoadBalanceDisable {
		p.add("load_balance_hosts", c.LoadBalanceHosts.String())
	}
	if c.MinProtocolVersion > Protocol30 {
		p.add("min_protocol_version", c.MinProtocolVersion.String())
	}
	if c.MaxProtocolVersion > Protocol30 {
		p.add("max_protocol_version", c.MaxProtocolVersion.String())
	}
}

func (c Config) appendNetwork(p *pairs) {
	switch {
	case c.ConnectTimeout < 0:
		p.add("connect_timeout", "0")
	case c.ConnectTimeout != DefaultConnectTimeout:
		p.addUnits("connect_timeout", c.ConnectTimeout, time.Second)
	}
	p.addFlag("keepalives", c.DisableKeepalives)
	p.addUnits("keepalives_idle", c.KeepalivesIdle, time.Second)
	p.addUnits("keepalives_interval", c.KeepalivesInterval, time.Second)
	if c.KeepalivesCount != 0 {
		p.add("keepalives_count", strconv.Itoa(c.KeepalivesCount))
	}
	p.addUnits("tcp_user_timeout", c.TCPUserTimeout, time.Millisecond)
}

func (c Config) appendStatements(p *pairs) {
	if c.PrepareThreshold != 0 {
		p.add("prepare_threshold", strconv.Itoa(c.PrepareThreshold))
	}
	if c.StatementCacheSize != 0 && c.StatementCacheSize != DefaultStatementCacheSize {
		p.add("statement_cache_capacity", strconv.Itoa(c.StatementCacheSize))
	}
}

// appendRuntimeParams adds the parameters that are keywords, and the others to options, where a backslash takes the
// next byte as it is.
func (c Config) appendRuntimeParams(p *pairs) {
	options := c.RuntimeParams["options"]
	escape := strings.NewReplacer(
		`\`, `\\`, " ", `\ `, "\t", "\\\t", "\n", "\\\n", "\v", "\\\v", "\f", "\\\f", "\r", "\\\r")
	for _, name := range slices.Sorted(maps.Keys(c.RuntimeParams)) {
		value := c.RuntimeParams[name]
		switch name {
		case "application_name", "client_encoding":
			p.addText(name, value)
		case "options":
		default:
			options = strings.TrimPrefix(options+" -c "+escape.Replace(name+"="+value), " ")
		}
	}
	p.addText("options", options)
}
