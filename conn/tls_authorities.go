package conn

import (
	"crypto/x509"
	"errors"
	"io/fs"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
	"github.com/fraiseql/fraiseql-wire-go/internal/dsn"
	"github.com/fraiseql/fraiseql-wire-go/internal/pemfiles"
)

// systemRoots, as sslrootcert, means the authorities that the operating system trusts.
const systemRoots = "system"

// roots returns the authorities to trust. verify is false if there are none and the mode does not need any: then the
// certificate is not verified. If the root certificate file exists, it is used in every mode, as in libpq.
func (c *Config) roots(home string) (pool *x509.CertPool, verify bool, err error) {
	if c.SSLRootCert == systemRoots {
		return nil, true, nil // for crypto/x509, nil means the system's
	}
	refuse := func(detail string) (*x509.CertPool, bool, error) {
		return nil, false, &werr.ConfigError{Key: "sslrootcert", Detail: detail}
	}
	required := c.SSLMode >= SSLVerifyCA
	path := c.SSLRootCert
	setDefault(&path, dsn.HomeFile(home, ".postgresql", "root.crt"))
	if path == "" {
		if required {
			return refuse("there is no home directory to find root.crt in; name a file, or system")
		}
		return nil, false, nil
	}
	pool, err = pemfiles.Roots(path)
	switch missing := errors.Is(err, fs.ErrNotExist); {
	case missing && required:
		return refuse("root certificate file " + path +
			" does not exist; provide it, use sslrootcert=system, or change sslmode")
	case missing && c.SSLRootCert == "":
		return nil, false, nil
	case err != nil:
		return refuse(err.Error())
	}
	return pool, true, nil
}

// revocations reads sslcrl and sslcrldir, or the default file if neither is set. Without lists it returns nil.
func (c *Config) revocations(home string) (*pemfiles.Revocations, error) {
	var r pemfiles.Revocations
	path := c.SSLCRL
	if c.SSLCRLDir == "" {
		setDefault(&path, dsn.HomeFile(home, ".postgresql", "root.crl"))
	}
	if path != "" {
		err := r.AddFile(path)
		if errors.Is(err, fs.ErrNotExist) && c.SSLCRL == "" {
			return nil, nil
		}
		if err != nil {
			return nil, &werr.ConfigError{Key: "sslcrl", Detail: err.Error()}
		}
	}
	if c.SSLCRLDir != "" {
		if err := r.AddDirectory(c.SSLCRLDir); err != nil {
			return nil, &werr.ConfigError{Key: "sslcrldir", Detail: err.Error()}
		}
	}
	return &r, nil
}
