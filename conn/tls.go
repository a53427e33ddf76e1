package conn

import (
	"crypto/tls"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
)

// alpnProtocol is the protocol that client and server agree on in a TLS handshake (manual, "SSL Session Encryption").
// It is always offered; servers before PostgreSQL 17 ignore it.
const alpnProtocol = "postgresql"

// tlsFor returns the TLS configuration for a connection to a host. The files are read at each call, so that renewed
// certificates are used. Errors are *errors.ConfigError and name the file.
func (c *Config) tlsFor(h Host) (*tls.Config, error) {
	if c.TLS != nil {
		return c.ownTLS(h), nil
	}
	return c.tlsFromFiles(h, dsn.Home())
}

// ownTLS returns Config.TLS, completed.
func (c *Config) ownTLS(h Host) *tls.Config {
	settings := c.TLS.Clone()
	if settings.ServerName == "" && !settings.InsecureSkipVerify {
		settings.ServerName = h.Name
		setDefault(&settings.ServerName, h.Addr)
	}
	if len(settings.NextProtos) == 0 {
		settings.NextProtos = []string{alpnProtocol}
	}
	return settings
}

// tlsFromFiles returns the TLS configuration for the settings with ssl in their names. crypto/tls cannot verify the
// chain without the name, and omits the name from the handshake only if it verifies nothing, so its own verification
// is disabled, and a verifier does it in every mode. Manual: "SSL Support".
func (c *Config) tlsFromFiles(h Host, home string) (*tls.Config, error) {
	if c.SSLMode == SSLVerifyFull && h.Name == "" {
		return nil, &werr.ConfigError{Key: "host",
			Detail: "sslmode=verify-full needs the host's name; an address alone is not verified"}
	}
	settings := &tls.Config{
		InsecureSkipVerify: true, // the verifier does it, as explained above
		NextProtos:         []string{alpnProtocol},
		MinVersion:         c.SSLMinProtocolVersion,
		MaxVersion:         c.SSLMaxProtocolVersion,
	}
	setDefault(&settings.MinVersion, DefaultSSLMinProtocolVersion)
	if !c.DisableSNI {
		settings.ServerName = h.Name // crypto/tls sends it only if it is not an IP address
	}
	v, err := c.verifierFor(h, home)
	if err != nil {
		return nil, err
	}
	if v != nil {
		settings.VerifyConnection = v.verify
	}
	if c.SSLCertMode == SSLCertDisable {
		return settings, nil
	}
	certificate, err := c.clientCertificate(home)
	if err != nil {
		return nil, err
	}
	if certificate != nil {
		// GetClientCertificate, unlike Certificates, sends it whatever authorities the server accepts, as libpq does.
		settings.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return certificate, nil
		}
	}
	return settings, nil
}
