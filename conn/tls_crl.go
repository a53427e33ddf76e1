package conn

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	werr "github.com/fraiseql/fraiseql-wire-go/errors"
)

// revocations are certificate revocation lists (RFC 5280, section 5).
type revocations struct{ lists []*x509.RevocationList }

// revocations reads sslcrl and sslcrldir, or the default file if neither is given. Nil: there are no lists.
func (c *Config) revocations(home string) (*revocations, error) {
	var r revocations
	path := c.SSLCRL
	if c.SSLCRLDir == "" {
		setDefault(&path, homeFile(home, ".postgresql", "root.crl"))
	}
	if path != "" {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) && c.SSLCRL == "" {
			return nil, nil
		}
		if err != nil {
			return nil, &werr.ConfigError{Key: "sslcrl", Detail: "cannot read " + path + ": " + fileReason(err)}
		}
		if err := r.add(text); err != nil {
			return nil, &werr.ConfigError{Key: "sslcrl", Detail: path + ": " + err.Error()}
		}
	}
	if c.SSLCRLDir != "" {
		if err := r.addDirectory(c.SSLCRLDir); err != nil {
			return nil, err
		}
	}
	return &r, nil
}

// addDirectory adds every file. OpenSSL wants names made of hashes; here any name will do.
func (r *revocations) addDirectory(directory string) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return &werr.ConfigError{Key: "sslcrldir", Detail: "cannot read " + directory + ": " + fileReason(err)}
	}
	for _, entry := range entries {
		path := filepath.Join(directory, entry.Name())
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return &werr.ConfigError{Key: "sslcrldir", Detail: "cannot read " + path + ": " + fileReason(err)}
		}
		if err := r.add(text); err != nil {
			return &werr.ConfigError{Key: "sslcrldir", Detail: path + ": " + err.Error()}
		}
	}
	return nil
}

// add adds the lists of a PEM text. A file without any protects nobody, so it is an error.
func (r *revocations) add(text []byte) error {
	before := len(r.lists)
	for {
		var block *pem.Block
		block, text = pem.Decode(text)
		if block == nil {
			break
		}
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return fmt.Errorf("a revocation list does not parse: %w", err)
		}
		r.lists = append(r.lists, list)
	}
	if len(r.lists) == before {
		return errors.New("no revocation list in PEM")
	}
	return nil
}

// check says whether a chain, from the server's certificate to the root's, holds at the time now. As in libpq, each
// authority in it must have a list that is signed by it and not out of date: what cannot be checked does not pass.
func (r *revocations) check(chain []*x509.Certificate, now time.Time) error {
	for i, certificate := range chain[:len(chain)-1] {
		if err := r.checkOne(certificate, chain[i+1], now); err != nil {
			return err
		}
	}
	return nil
}

func (r *revocations) checkOne(certificate, issuer *x509.Certificate, now time.Time) error {
	current := false
	for _, list := range r.lists {
		if !bytes.Equal(list.RawIssuer, issuer.RawSubject) || list.CheckSignatureFrom(issuer) != nil {
			continue
		}
		for _, entry := range list.RevokedCertificateEntries {
			if entry.SerialNumber.Cmp(certificate.SerialNumber) == 0 {
				return fmt.Errorf("certificate %v of %q is revoked", certificate.SerialNumber, certificate.Subject)
			}
		}
		if !now.Before(list.ThisUpdate) && (list.NextUpdate.IsZero() || now.Before(list.NextUpdate)) {
			current = true
		}
	}
	if !current {
		return fmt.Errorf("there is no current revocation list of %q; renew what sslcrl or sslcrldir names", issuer.Subject)
	}
	return nil
}
