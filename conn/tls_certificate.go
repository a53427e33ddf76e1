package conn

import (
	"crypto/tls"
	"errors"
	"io/fs"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
	"github.com/fraiseql/fraiseql-wire-go/internal/pemfiles"
)

// clientCertificate reads sslcert and sslkey. It returns nil if there is no certificate. A file named by a setting
// must exist, which libpq does not require. Manual: "Client Certificates".
func (c *Config) clientCertificate(home string) (*tls.Certificate, error) {
	certPath, keyPath := c.SSLCert, c.SSLKey
	setDefault(&certPath, dsn.HomeFile(home, ".postgresql", "postgresql.crt"))
	setDefault(&keyPath, dsn.HomeFile(home, ".postgresql", "postgresql.key"))
	if certPath == "" {
		return nil, nil
	}
	chain, err := pemfiles.Chain(certPath)
	if errors.Is(err, fs.ErrNotExist) && c.SSLCert == "" {
		return nil, nil
	}
	if err != nil {
		return nil, &werr.ConfigError{Key: "sslcert", Detail: err.Error()}
	}
	if keyPath == "" || strings.HasPrefix(keyPath, "engine:") {
		return nil, &werr.ConfigError{Key: "sslkey",
			Detail: "name the file of the certificate's key; engines are not supported"}
	}
	key, err := pemfiles.Key(keyPath, c.SSLPassword)
	if err != nil {
		return nil, &werr.ConfigError{Key: "sslkey", Detail: err.Error()}
	}
	certificate, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, &werr.ConfigError{Key: "sslcert", Detail: certPath + " and its key do not match: " + err.Error()}
	}
	return &certificate, nil
}
