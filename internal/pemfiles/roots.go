package pemfiles

import (
	"crypto/x509"
	"errors"
	"fmt"
)

// Roots reads the authorities to trust.
func Roots(path string) (*x509.CertPool, error) {
	found, err := readBlocks(path)
	if err != nil {
		return nil, err
	}
	pool, n := x509.NewCertPool(), 0
	for _, block := range found {
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE":
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("%s: a certificate does not parse: %w", path, err)
			}
			pool.AddCert(certificate)
			n++
		case "TRUSTED CERTIFICATE":
			return nil, fmt.Errorf("%s: %w", path, errTrusted)
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("%s: no certificate in PEM", path)
	}
	return pool, nil
}

// errTrusted refuses a format in which OpenSSL appends to a certificate what it is trusted for. Ignoring that could
// trust it for too much.
var errTrusted = errors.New("TRUSTED CERTIFICATE is a format of OpenSSL alone; write a plain one with openssl x509 -in FILE")
