package conn

import (
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// clientCertificate reads sslcert and sslkey; nil if there is no certificate. A file that a setting names must exist,
// which libpq does not ask for. Manual: "Client Certificates".
func (c *Config) clientCertificate(home string) (*tls.Certificate, error) {
	path := c.SSLCert
	setDefault(&path, homeFile(home, ".postgresql", "postgresql.crt"))
	if path == "" {
		return nil, nil
	}
	chain, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && c.SSLCert == "" {
		return nil, nil
	}
	if err != nil {
		return nil, &werr.ConfigError{Key: "sslcert", Detail: "cannot read " + path + ": " + fileReason(err)}
	}
	key, err := c.clientKey(home)
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, &werr.ConfigError{Key: "sslcert", Detail: path + " and its key do not go together: " + err.Error()}
	}
	return &certificate, nil
}

// clientKey reads the private key, decrypted, in PEM.
func (c *Config) clientKey(home string) ([]byte, error) {
	path := c.SSLKey
	setDefault(&path, homeFile(home, ".postgresql", "postgresql.key"))
	refuse := func(problem string) ([]byte, error) {
		return nil, &werr.ConfigError{Key: "sslkey", Detail: "key file " + path + ": " + problem}
	}
	if path == "" || strings.HasPrefix(path, "engine:") {
		return nil, &werr.ConfigError{Key: "sslkey",
			Detail: "name the file of the certificate's key; engines are not supported"}
	}
	f, err := os.Open(path)
	if err != nil {
		return refuse(fileReason(err))
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return refuse(fileReason(err))
	}
	if problem := keyFileProblem(info); problem != "" {
		return refuse(problem)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return refuse(fileReason(err))
	}
	plain, err := decryptKey(text, c.SSLPassword)
	if err != nil {
		return refuse(err.Error())
	}
	return plain, nil
}
