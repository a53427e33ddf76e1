package conn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/pemfiles"
)

// verifier checks the certificate that a server presents.
type verifier struct {
	roots      *x509.CertPool        // nil: the system's
	name       string                // what the certificate must be issued for; empty: not checked
	revocation *pemfiles.Revocations // nil: not checked
	now        func() time.Time
}

// verifierFor returns the verifier for a host, or nil if the mode accepts any certificate.
func (c *Config) verifierFor(h Host, home string) (*verifier, error) {
	roots, verify, err := c.roots(home)
	if err != nil || !verify {
		return nil, err
	}
	v := &verifier{roots: roots, now: time.Now}
	if c.SSLMode == SSLVerifyFull || c.SSLMode == 0 && c.SSLRootCert == systemRoots {
		v.name = h.Name
	}
	v.revocation, err = c.revocations(home)
	return v, err
}

// verify is for tls.Config.VerifyConnection. The error is a *tls.CertificateVerificationError, as from crypto/tls.
func (v *verifier) verify(state tls.ConnectionState) error {
	shown := state.PeerCertificates
	if err := v.check(shown); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: shown, Err: err}
	}
	return nil
}

func (v *verifier) check(shown []*x509.Certificate) error {
	if len(shown) == 0 {
		return errors.New("the server shows no certificate")
	}
	intermediates := x509.NewCertPool()
	for _, certificate := range shown[1:] {
		intermediates.AddCert(certificate)
	}
	chains, err := shown[0].Verify(x509.VerifyOptions{
		Roots:         v.roots,
		Intermediates: intermediates,
		DNSName:       v.name,
		CurrentTime:   v.now(),
	})
	if err != nil {
		return certificateError(shown, err)
	}
	if v.revocation == nil {
		return nil
	}
	var revoked error
	for _, chain := range chains {
		if err := v.revocation.Check(chain, v.now()); err != nil {
			revoked = err
			continue
		}
		return nil
	}
	return revoked
}

// certificateError returns err, or a better explanation of it: for these certificates, the text of crypto/x509 is
// misleading.
func certificateError(shown []*x509.Certificate, err error) error {
	var wrongName x509.HostnameError
	var untrusted x509.UnknownAuthorityError
	switch server := shown[0]; {
	case errors.As(err, &wrongName) && hasOnlyCommonName(server):
		return fmt.Errorf("x509: the certificate names its server by a common name alone (%s), which does not count; "+
			"reissue it with a subjectAltName, or use sslmode=verify-ca", server.Subject)
	case errors.As(err, &untrusted):
		for _, certificate := range shown {
			if certificate.SignatureAlgorithm == x509.UnknownSignatureAlgorithm {
				return fmt.Errorf("x509: the signature of the certificate of %s is of a kind that cannot be verified here; "+
					"reissue it, with RSA-PSS only where the salt is as long as the hash (rsa_pss_saltlen:digest)", certificate.Subject)
			}
		}
	}
	return err
}

func hasOnlyCommonName(c *x509.Certificate) bool {
	return c.Subject.CommonName != "" && len(c.DNSNames)+len(c.IPAddresses) == 0
}
