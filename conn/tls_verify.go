package conn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"time"

	"github.com/fraiseql/fraiseql-wire-go/internal/pemfiles"
)

// verifier checks the certificate that a server shows.
type verifier struct {
	roots      *x509.CertPool        // nil: the system's
	name       string                // what the certificate must be issued for; empty: anything
	revocation *pemfiles.Revocations // nil: not checked
	now        func() time.Time
}

// verifierFor is nil where the mode accepts any certificate.
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

// verify is for tls.Config.VerifyConnection. The error is a *tls.CertificateVerificationError, as from crypto/tls
// itself.
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
	if err != nil || v.revocation == nil {
		return err
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
