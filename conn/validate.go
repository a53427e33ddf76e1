package conn

import (
	"fmt"
	"net/netip"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Validate says what cannot be right, with a *errors.ConfigError that names the setting and does not show its value.
// Fields left zero are right. It looks at no file and no host.
func (c *Config) Validate() error {
	for _, check := range []func() error{
		c.validateText, c.validateHosts, c.validateChoices, c.validateSSL, c.validateVersions, c.validateNumbers,
		c.validateRequireAuth, c.validateRuntimeParams,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// validateText: a NUL would end the text early, on its way to the server or to the operating system.
func (c *Config) validateText() error {
	for _, field := range []struct{ key, value string }{
		{"dbname", c.Database}, {"user", c.User}, {"password", c.Password}, {"passfile", c.PassFile},
		{"sslrootcert", c.SSLRootCert}, {"sslcert", c.SSLCert}, {"sslkey", c.SSLKey}, {"sslpassword", c.SSLPassword},
		{"sslcrl", c.SSLCRL}, {"sslcrldir", c.SSLCRLDir}, {"requirepeer", c.RequirePeer},
	} {
		if strings.IndexByte(field.value, 0) >= 0 {
			return &werr.ConfigError{Key: field.key, Detail: "the value holds a NUL byte"}
		}
	}
	return nil
}

func (c *Config) validateHosts() error {
	for _, h := range c.Hosts {
		if strings.ContainsAny(h.Name, "\x00,") {
			return &werr.ConfigError{Key: "host",
				Detail: "a host holds a comma or a NUL byte; several hosts are several entries of Config.Hosts"}
		}
		if h.Addr == "" {
			continue
		}
		if _, err := netip.ParseAddr(h.Addr); err != nil {
			return &werr.ConfigError{Key: "hostaddr", Detail: "want an IP address; names go into host"}
		}
	}
	return nil
}

// validateChoices: conversions can make values that no constant has.
func (c *Config) validateChoices() error {
	for _, field := range []struct {
		key   string
		known bool
		names []string
	}{
		{"sslmode", isChoice(sslModeNames, c.SSLMode), sslModeNames},
		{"sslnegotiation", isChoice(sslNegotiationNames, c.SSLNegotiation), sslNegotiationNames},
		{"sslcertmode", isChoice(sslCertModeNames, c.SSLCertMode), sslCertModeNames},
		{"channel_binding", isChoice(channelBindingNames, c.ChannelBinding), channelBindingNames},
		{"target_session_attrs", isChoice(targetSessionAttrsNames, c.TargetSessionAttrs), targetSessionAttrsNames},
		{"load_balance_hosts", isChoice(loadBalanceHostsNames, c.LoadBalanceHosts), loadBalanceHostsNames},
	} {
		if !field.known {
			return &werr.ConfigError{Key: field.key, Detail: wanted(field.names)}
		}
	}
	return nil
}

// validateSSL: settings that would be weaker together than each promises alone.
func (c *Config) validateSSL() error {
	if c.TLS != nil {
		if c.SSLMode == SSLDisable {
			return &werr.ConfigError{Key: "sslmode", Detail: "disable contradicts Config.TLS; leave one of them out"}
		}
		return nil
	}
	if c.SSLRootCert == systemRoots && c.SSLMode != 0 && c.SSLMode != SSLVerifyFull {
		return &werr.ConfigError{Key: "sslmode",
			Detail: "sslrootcert=system needs verify-full: those authorities vouch for anybody"}
	}
	if c.SSLNegotiation == SSLNegotiationDirect && !c.encrypts() {
		return &werr.ConfigError{Key: "sslnegotiation", Detail: "direct needs sslmode require, verify-ca or verify-full"}
	}
	return nil
}

func (c *Config) validateVersions() error {
	for _, field := range []struct {
		key   string
		value uint16
	}{
		{"ssl_min_protocol_version", c.SSLMinProtocolVersion}, {"ssl_max_protocol_version", c.SSLMaxProtocolVersion},
	} {
		if _, known := tlsVersionNames[field.value]; !known && field.value != 0 {
			return &werr.ConfigError{Key: field.key, Detail: "want a version of crypto/tls, from tls.VersionTLS10 on"}
		}
	}
	lowest := c.SSLMinProtocolVersion
	setDefault(&lowest, DefaultSSLMinProtocolVersion)
	if c.SSLMaxProtocolVersion != 0 && c.SSLMaxProtocolVersion < lowest {
		return &werr.ConfigError{Key: "ssl_max_protocol_version",
			Detail: "it is below ssl_min_protocol_version, TLSv1.2 by default"}
	}
	for _, field := range []struct {
		key   string
		value ProtocolVersion
	}{
		{"min_protocol_version", c.MinProtocolVersion}, {"max_protocol_version", c.MaxProtocolVersion},
	} {
		if field.value != 0 && field.value != Protocol30 && field.value != Protocol32 {
			return &werr.ConfigError{Key: field.key, Detail: "want 3.0, 3.2 or latest"}
		}
	}
	if c.MaxProtocolVersion != 0 && c.MaxProtocolVersion < c.MinProtocolVersion {
		return &werr.ConfigError{Key: "min_protocol_version", Detail: "it is above max_protocol_version"}
	}
	return nil
}

// validateNumbers: a negative ConnectTimeout is none; everything else has no meaning below zero.
func (c *Config) validateNumbers() error {
	for _, field := range []struct {
		key   string
		value int64
	}{
		{"MaxRowSize", int64(c.MaxRowSize)}, {"MaxMessageSize", int64(c.MaxMessageSize)},
		{"CancelTimeout", int64(c.CancelTimeout)}, {"keepalives_idle", int64(c.KeepalivesIdle)},
		{"keepalives_interval", int64(c.KeepalivesInterval)}, {"keepalives_count", int64(c.KeepalivesCount)},
		{"tcp_user_timeout", int64(c.TCPUserTimeout)}, {"MaxSCRAMIterations", int64(c.MaxSCRAMIterations)},
		{"prepare_threshold", int64(c.PrepareThreshold)}, {"statement_cache_capacity", int64(c.StatementCacheSize)},
	} {
		if field.value < 0 {
			return &werr.ConfigError{Key: field.key, Detail: fmt.Sprintf("%d is negative; 0 means the default", field.value)}
		}
	}
	return nil
}

// validateRuntimeParams keeps what has a field of its own, or another meaning in a StartupMessage, out of the
// parameters. Manual: "Message Formats", StartupMessage.
func (c *Config) validateRuntimeParams() error {
	for name, value := range c.RuntimeParams {
		problem := ""
		switch lower := strings.ToLower(name); {
		case name == "":
			problem = "a run-time parameter has no name"
		case strings.IndexByte(name+value, 0) >= 0:
			name, problem = "", "a run-time parameter holds a NUL byte"
		case lower == "user", lower == "database":
			problem = "not a run-time parameter; set the field of that name"
		case lower == "replication":
			problem = "replication connections are not supported; leave it out"
		case strings.HasPrefix(lower, "_pq_."):
			problem = "protocol extensions are not supported; leave it out"
		case lower == "client_encoding" && !isUTF8(value):
			problem = onlyUTF8
		default:
			continue
		}
		return &werr.ConfigError{Key: name, Detail: problem}
	}
	return nil
}
