package pemfiles

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Revocations are certificate revocation lists (RFC 5280, section 5). The zero value has none.
type Revocations struct{ lists []*x509.RevocationList }

// AddFile adds the lists of a file.
func (r *Revocations) AddFile(path string) error {
	found, err := readBlocks(path)
	if err != nil {
		return err
	}
	n := 0
	for _, block := range found {
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return fmt.Errorf("%s: a revocation list does not parse: %w", path, err)
		}
		r.lists = append(r.lists, list)
		n++
	}
	if n == 0 {
		return fmt.Errorf("%s: no revocation list in PEM", path) // a file without one would give no protection
	}
	return nil
}

// AddDirectory adds every file of a directory. OpenSSL requires names made of hashes; here any name is accepted.
func (r *Revocations) AddDirectory(directory string) error {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(directory, entry.Name())
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue
		}
		if err := r.AddFile(path); err != nil {
			return err
		}
	}
	return nil
}

// Check returns an error if a certificate in chain, which runs from the server's to the root's, is revoked at the time
// now. As in libpq, each authority in it must have signed a list that is not out of date: a certificate that cannot be
// checked is an error too.
func (r *Revocations) Check(chain []*x509.Certificate, now time.Time) error {
	for i, certificate := range chain[:len(chain)-1] {
		if err := r.checkOne(certificate, chain[i+1], now); err != nil {
			return err
		}
	}
	return nil
}

func (r *Revocations) checkOne(certificate, issuer *x509.Certificate, now time.Time) error {
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
