package conn

import (
	"net/netip"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// Validate returns a *errors.ConfigError for settings that cannot be valid. It names the setting and does not show
// its value. Zero fields are valid. No file and no host is accessed.
func (c *Config) Validate() error {
	for _, s := range settings {
		if s.check == nil {
			continue
		}
		if problem := s.check(c); problem != "" {
			return &werr.ConfigError{Key: s.keyword, Detail: problem}
		}
	}
	for _, check := range []func() error{
		c.validateHosts, c.validateSSL, c.validateVersions, c.validateLimits, c.validateRuntimeParams,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) validateHosts() error {
	for _, h := range c.Hosts {
		if strings.ContainsAny(h.Name, "\x00,") {
			return &werr.ConfigError{Key: "host",
				Detail: "a host contains a comma or a NUL byte; use one entry of Config.Hosts for each host"}
		}
		if h.Addr == "" {
			continue
		}
		if _, err := netip.ParseAddr(h.Addr); err != nil {
			return &werr.ConfigError{Key: "hostaddr", Detail: "want an IP address; use host for a name"}
		}
	}
	return nil
}

// validateSSL refuses settings that in combination would be weaker than each of them promises.
func (c *Config) validateSSL() error {
	if c.TLS != nil {
		if c.SSLMode == SSLDisable {
			return &werr.ConfigError{Key: "sslmode", Detail: "disable contradicts Config.TLS; leave one of them out"}
		}
		return nil
	}
	if c.SSLRootCert == systemRoots && c.SSLMode != 0 && c.SSLMode != SSLVerifyFull {
		return &werr.ConfigError{Key: "sslmode",
			Detail: "sslrootcert=system needs verify-full: those authorities issue certificates to anyone"}
	}
	if c.SSLNegotiation == SSLNegotiationDirect && !c.encrypts() {
		return &werr.ConfigError{Key: "sslnegotiation", Detail: "direct needs sslmode require, verify-ca or verify-full"}
	}
	return nil
}

// validateVersions refuses a maximum below the minimum.
func (c *Config) validateVersions() error {
	lowest := c.SSLMinProtocolVersion
	setDefault(&lowest, DefaultSSLMinProtocolVersion)
	if c.SSLMaxProtocolVersion != 0 && c.SSLMaxProtocolVersion < lowest {
		return &werr.ConfigError{Key: "ssl_max_protocol_version",
			Detail: "it is below ssl_min_protocol_version, TLSv1.2 by default"}
	}
	if c.MaxProtocolVersion != 0 && c.MaxProtocolVersion < c.MinProtocolVersion {
		return &werr.ConfigError{Key: "min_protocol_version", Detail: "it is above max_protocol_version"}
	}
	return nil
}

// validateLimits checks the fields without a keyword.
func (c *Config) validateLimits() error {
	for _, field := range []struct {
		name  string
		value int64
	}{
		{"MaxRowSize", int64(c.MaxRowSize)}, {"MaxMessageSize", int64(c.MaxMessageSize)},
		{"CancelTimeout", int64(c.CancelTimeout)}, {"MaxSCRAMIterations", int64(c.MaxSCRAMIterations)},
	} {
		if problem := negative(field.value); problem != "" {
			return &werr.ConfigError{Key: field.name, Detail: problem}
		}
	}
	return nil
}
