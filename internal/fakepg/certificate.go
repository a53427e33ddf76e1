package fakepg

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Authority signs certificates.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// TestAuthority returns the authority of StartTLS, one for the whole process.
var TestAuthority = sync.OnceValue(NewAuthority)

// NewAuthority returns a new authority, which no client trusts yet.
func NewAuthority() *Authority {
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "fakepg authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	key := newKey()
	return &Authority{certificate: sign(template, template, key, key), key: key}
}

// Pool returns a certificate pool that contains the authority.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// File writes the authority's certificate to a PEM file and returns its path, for sslrootcert. The file is removed when
// the test ends.
func (a *Authority) File(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "root.crt")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
	if err := os.WriteFile(name, block, 0o600); err != nil {
		t.Fatalf("fakepg: %v", err)
	}
	return name
}

// Issue makes a certificate for 127.0.0.1, ::1 and localhost. edit, unless nil, may change it before it is signed.
func (a *Authority) Issue(edit func(*x509.Certificate)) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if edit != nil {
		edit(template)
	}
	key := newKey()
	leaf := sign(template, a.certificate, key, a.key)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

func sign(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		panic("BUG: fakepg: " + err.Error())
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		panic("BUG: fakepg: " + err.Error())
	}
	return certificate
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("BUG: fakepg: " + err.Error())
	}
	return key
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic("BUG: fakepg: " + err.Error())
	}
	return n
}
