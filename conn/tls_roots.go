package conn

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"os"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// systemRoots, as sslrootcert, are the authorities that the operating system trusts.
const systemRoots = "system"

// roots are the authorities to trust. verify is false where there are none and the mode does without: the certificate
// is then not looked at. A root certificate file that exists is used in every mode, as in libpq.
func (c *Config) roots(home string) (pool *x509.CertPool, verify bool, err error) {
	if c.SSLRootCert == systemRoots {
		return nil, true, nil // nil is the system's, for crypto/x509
	}
	path := c.SSLRootCert
	setDefault(&path, homeFile(home, ".postgresql", "root.crt"))
	must := c.SSLMode >= SSLVerifyCA
	text, err := os.ReadFile(path)
	switch {
	case path == "" && must:
		return nil, false, &werr.ConfigError{Key: "sslrootcert",
			Detail: "there is no home directory to find root.crt in; name a file, or system"}
	case errors.Is(err, fs.ErrNotExist) && must:
		return nil, false, &werr.ConfigError{Key: "sslrootcert", Detail: "root certificate file " + path +
			" does not exist; provide it, use sslrootcert=system, or change sslmode"}
	case path == "", errors.Is(err, fs.ErrNotExist) && c.SSLRootCert == "":
		return nil, false, nil
	case err != nil:
		return nil, false, &werr.ConfigError{Key: "sslrootcert", Detail: "cannot read " + path + ": " + fileReason(err)}
	}
	pool = x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, false, &werr.ConfigError{Key: "sslrootcert", Detail: "no certificate in PEM in " + path}
	}
	return pool, true, nil
}
